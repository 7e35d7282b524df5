// A record by its layout: head, highlights, sections as tabs. The same on a page and beside a list.
import { DeleteOutlined, EditOutlined, EllipsisOutlined, HistoryOutlined } from '@ant-design/icons';
import { App, Button, Dropdown, Tabs } from 'antd';
import { lazy, type ReactNode, Suspense, useEffect, useId, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { noteSeen } from '@/app/shell/recent.ts';
import { pageLayout, useObjects } from '@/meta/definitions.ts';
import { call } from '@/shared/api/http.ts';
import type { ObjectDef, RecordView } from '@/shared/api/types.ts';
import { useSentence } from '@/shared/ui/Failure.tsx';
import { ObjectIcon } from '@/shared/ui/icons.tsx';
import { ConflictDialog } from './ConflictDialog.tsx';
import { EditBar } from './EditBar.tsx';
import { fieldId } from './FieldLine.tsx';
import { Highlights } from './Highlights.tsx';
import { SectionView } from './SectionView.tsx';
import { useEditor } from './useEditor.ts';
import { useRefresh } from './useRecord.ts';
import './record.css';

const HistoryDrawer = lazy(() => import('./HistoryDrawer.tsx'));

interface Props { object: ObjectDef; record: RecordView; tab?: string; onTab?: (tab: string) => void; onGone: () => void; tools?: ReactNode }

export function RecordBody({ object, record, tab, onTab, onGone, tools }: Props) {
  const { t } = useTranslation('record');
  const layout = useMemo(() => pageLayout(object), [object]);
  const icon = useObjects()?.objects.find((entry) => entry.name === object.name)?.icon;
  const editor = useEditor(record);
  const prefix = useId();
  const [shown, setShown] = useState(tab ?? '0');
  const [history, setHistory] = useState(false);
  const current = layout.sections[Number(onTab ? (tab ?? '0') : shown)] ? (onTab ? (tab ?? '0') : shown) : '0';
  const title = String(record.values[object.title] ?? '') || object.label;
  const writes = record.access?.write.length ?? 0;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => noteSeen({ object: object.name, id: record.id, title }), [object.name, record.id, title]);

  const goTab = (key: string) => (onTab ? onTab(key) : setShown(key));
  const goTo = (name: string) => {
    const at = layout.sections.findIndex((section) => section.fields.includes(name));
    if (at >= 0) goTab(String(at));
    setTimeout(() => document.getElementById(fieldId(prefix, name))?.focus(), 60);
  };
  const press = (event: React.KeyboardEvent) => {
    if ((event.ctrlKey || event.metaKey) && (event.key === 's' || event.key === 'Enter') && editor.dirty > 0) {
      event.preventDefault();
      void editor.save();
    }
  };
  return (
    <div className="record" ref={box} onKeyDown={press} role="presentation">
      <header className="record-head">
        <span className="record-icon" aria-hidden="true"><ObjectIcon name={icon} /></span>
        <div className="record-name"><small>{object.label}</small><h1 title={title}>{title}</h1></div>
        <div className="record-tools">
          {tools}
          {writes > 0 && !editor.whole && <Button icon={<EditOutlined />} onClick={() => editor.begin()}>{t('edit')}</Button>}
          <More object={object} record={record} title={title} onHistory={() => setHistory(true)} onGone={onGone} />
        </div>
      </header>
      <Highlights object={object} layout={layout} record={record} />
      <EditBar editor={editor} object={object} onGo={goTo} />
      <Tabs
        activeKey={current} onChange={goTab} className="record-tabs"
        items={layout.sections.map((section, index) => ({
          key: String(index), label: section.label,
          children: <SectionView object={object} record={record} section={section} editor={editor} idPrefix={prefix} showEmpty />,
        }))}
      />
      {editor.clash && <ConflictDialog object={object} record={record} clash={editor.clash} onSettle={(keep) => void editor.settle(keep)} onClose={editor.leaveClash} />}
      {history && <Suspense fallback={null}><HistoryDrawer object={object} record={record} onClose={() => setHistory(false)} /></Suspense>}
    </div>
  );
}

function More({ object, record, title, onHistory, onGone }: { object: ObjectDef; record: RecordView; title: string; onHistory: () => void; onGone: () => void }) {
  const { t } = useTranslation('record');
  const { modal, message } = App.useApp();
  const sentence = useSentence();
  const refresh = useRefresh();
  const remove = () => {
    void modal.confirm({
      title: t('deleteAsk', { title }), content: t('deleteHint'), okText: t('common:delete'), okButtonProps: { danger: true }, cancelText: t('common:cancel'),
      onOk: async () => {
        try {
          await call(`records/${object.name}/${record.id}`, { method: 'DELETE', version: record.version });
          void message.success({ content: t('deleted'), duration: 1.5 });
          onGone();
          refresh();
        } catch (error) {
          void message.error(sentence(error));
        }
      },
    });
  };
  const items = [
    { key: 'history', icon: <HistoryOutlined />, label: t('history'), onClick: onHistory },
    ...(record.access?.actions.includes('delete') ? [{ key: 'delete', icon: <DeleteOutlined />, danger: true, label: t('common:delete'), onClick: remove }] : []),
  ];
  return <Dropdown trigger={['click']} menu={{ items }}><Button icon={<EllipsisOutlined />} aria-label={t('more')} /></Dropdown>;
}
