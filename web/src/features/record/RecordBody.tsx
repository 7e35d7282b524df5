// A record by its layout: head, highlights, sections as tabs. The same on a page and beside a list.
import { DeleteOutlined, EditOutlined, EllipsisOutlined, HistoryOutlined, LayoutOutlined, StarFilled, StarOutlined } from '@ant-design/icons';
import { App, Button } from 'antd';
import { lazy, type ReactNode, Suspense, useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { noteSeen } from '@/app/shell/recent.ts';
import { useObjects } from '@/meta/definitions.ts';
import { useFavourites } from '@/meta/favourites.ts';
import { call } from '@/shared/api/http.ts';
import type { ObjectDef } from '@/shared/api/types.ts';
import { useSentence } from '@/shared/ui/Failure.tsx';
import { MenuButton } from '@/shared/ui/MenuButton.tsx';
import { TabStrip } from '@/shared/ui/TabStrip.tsx';
import { ObjectIcon } from '@/shared/ui/icons.tsx';
import { EditBar } from './EditBar.tsx';
import { fieldId } from './FieldLine.tsx';
import { Highlights } from './Highlights.tsx';
import { Hints } from './Hints.tsx';
import { Completeness } from './insight/Completeness.tsx';
import { SectionView } from './SectionView.tsx';
import { useEditor } from './useEditor.ts';
import { useLeaveGuard } from './useLeaveGuard.ts';
import { type Page, useLayoutChoice, useRefresh } from './useRecord.ts';
import './record.css';

const Answer = lazy(() => import('./Answer.tsx'));
const ConflictDialog = lazy(() => import('./ConflictDialog.tsx'));
const HistoryDrawer = lazy(() => import('./HistoryDrawer.tsx'));

interface Props { object: ObjectDef; page: Page; tab?: number; onTab?: (tab: number) => void; onGone: () => void; tools?: ReactNode }

export function RecordBody({ object, page, tab, onTab, onGone, tools }: Props) {
  const { t } = useTranslation('record');
  const { record, sections } = page;
  const icon = useObjects()?.objects.find((entry) => entry.name === object.name)?.icon;
  const editor = useEditor(record, object);
  useLeaveGuard(editor.dirty > 0, editor.cancel);
  const prefix = useId();
  const [shown, setShown] = useState(0);
  const [history, setHistory] = useState(false);
  const wanted = onTab ? (tab ?? 0) : shown;
  const current = sections[wanted] ? wanted : 0;
  const section = sections[current];
  const title = page.title || object.label;
  const writes = record.access?.write.length ?? 0;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => noteSeen({ object: object.name, id: record.id, title }), [object.name, record.id, title]);

  const goTab = (index: number) => (onTab ? onTab(index) : setShown(index));
  const goTo = (name: string) => {
    const at = sections.findIndex((section) => section.fields.includes(name));
    if (at >= 0) goTab(at);
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
          {object.answers && !editor.whole && <Suspense fallback={null}><Answer object={object} record={record} /></Suspense>}
          <Star object={object.name} id={record.id} />
          {writes > 0 && !editor.whole && <Button icon={<EditOutlined />} onClick={() => editor.begin()}>{t('edit')}</Button>}
          <More object={object} page={page} title={title} onHistory={() => setHistory(true)} onGone={onGone} />
        </div>
      </header>
      <Hints warnings={page.warnings} suggestions={page.suggestions} title={title} onEdit={(name) => { goTo(name); editor.begin(name); }} />
      <Highlights object={object} names={page.highlights} record={record} />
      <Completeness parts={page.completeness ?? []} record={record} onEdit={(name) => { goTo(name); editor.begin(name); }} />
      <EditBar editor={editor} object={object} onGo={goTo} />
      <TabStrip label={title} tabs={sections.map((section) => section.label)} current={current} onChange={goTab}>
        {section && <SectionView key={current} object={object} record={record} title={title} section={section} editor={editor} idPrefix={prefix} />}
      </TabStrip>
      {editor.clash && <Suspense fallback={null}><ConflictDialog object={object} clash={editor.clash} onSettle={(keep) => void editor.settle(keep)} onClose={editor.leaveClash} /></Suspense>}
      {history && <Suspense fallback={null}><HistoryDrawer object={object} record={record} onClose={() => setHistory(false)} /></Suspense>}
    </div>
  );
}

function Star({ object, id }: { object: string; id: string }) {
  const { t } = useTranslation('shell');
  const { has, toggle } = useFavourites();
  const marked = has(id);
  const label = marked ? t('unfavourite') : t('favourite');
  return <Button type="text" icon={marked ? <StarFilled className="star" /> : <StarOutlined />} aria-label={label} aria-pressed={marked} title={label} onClick={() => toggle({ object, id })} />;
}

function More({ object, page, title, onHistory, onGone }: { object: ObjectDef; page: Page; title: string; onHistory: () => void; onGone: () => void }) {
  const { t } = useTranslation('record');
  const { record } = page;
  const [, setLayout] = useLayoutChoice(object.name);
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
    ...(page.layouts.length > 1
      ? [{
          key: 'layout', icon: <LayoutOutlined />, label: t('layout'),
          children: page.layouts.map((one) => ({ key: `layout ${one.name}`, label: one.label, disabled: one.name === page.layout?.name, onClick: () => setLayout(one.name) })),
        }]
      : []),
    ...(record.access?.actions.includes('delete') ? [{ key: 'delete', icon: <DeleteOutlined />, danger: true, label: t('common:delete'), onClick: remove }] : []),
  ];
  return <MenuButton menu={{ items }}><Button icon={<EllipsisOutlined />} aria-label={t('more')} /></MenuButton>;
}
