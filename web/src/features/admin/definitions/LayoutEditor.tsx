// Sections of one layout with their fields, and a preview that follows each change.
import { ArrowDownOutlined, ArrowUpOutlined, CloseOutlined, DeleteOutlined, HolderOutlined, PlusOutlined, RedoOutlined, UndoOutlined } from '@ant-design/icons';
import { App, Button, Dropdown, Input, Segmented, Select, Space } from 'antd';
import { type DragEvent, useReducer, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { language } from '@/shared/i18n/index.ts';
import { useSentence } from '@/shared/ui/Failure.tsx';
import { Tag } from '@/shared/ui/Tag.tsx';
import { useLabels } from '../labels.ts';
import { saveDraft, useReread } from './files.ts';
import { type LayoutFile, type Part, type Step, told, writeLayout } from './layout.ts';
import { Preview } from './Preview.tsx';
import { basic, type FieldShape, type ObjectShape, wordOf } from './shapes.ts';

interface Props { layout: LayoutFile; text: string; object: ObjectShape; drafted: boolean }
interface Held { field: string; from: number }

export function LayoutEditor({ layout, text, object, drafted }: Props) {
  const { t } = useTranslation('admin');
  const { message } = App.useApp();
  const sentence = useSentence();
  const reread = useReread();
  const [story, act] = useReducer(told, { past: [], now: layout.parts, future: [] });
  const [held, setHeld] = useState<Held>();
  const [wide, setWide] = useState<'desktop' | 'phone'>('desktop');
  const [busy, setBusy] = useState(false);
  const parts = story.now;
  const labels = useLabels();
  const fields = new Map([...basic(labels.object(object.name)?.fields ?? [], language()), ...object.fields].map((field) => [field.name, field]));
  const placed = new Set(parts.flatMap((part) => part.fields));
  const left = [...fields.values()].filter((field) => !placed.has(field.name) && !field.marks.includes('retired'));
  const dirty = writeLayout(text, parts) !== writeLayout(text, layout.parts);
  const save = async () => {
    setBusy(true);
    try {
      await saveDraft(layout.path, writeLayout(text, parts));
      await reread();
      void message.success(t('definitions.written'));
    } catch (error) {
      void message.error(sentence(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="layout-split">
      <section className="stack" aria-label={t('definitions.layout')}>
        <div className="admin-head">
          <span className="grow muted">{dirty ? t('definitions.changedLayout') : t('definitions.layoutHint')} {drafted && <Tag color="orange">{t('definitions.draftMark')}</Tag>}</span>
          <Space>
            <Button size="small" icon={<UndoOutlined />} aria-label={t('definitions.undo')} disabled={story.past.length === 0} onClick={() => act({ do: 'undo' })} />
            <Button size="small" icon={<RedoOutlined />} aria-label={t('definitions.redo')} disabled={story.future.length === 0} onClick={() => act({ do: 'redo' })} />
            <Button size="small" type="primary" disabled={!dirty || parts.some((part) => !part.label.zh.trim() || !part.label.en.trim())} loading={busy} onClick={() => void save()}>{t('definitions.saveLayout')}</Button>
          </Space>
        </div>
        {parts.map((part, index) => <SectionEditor key={part.key} part={part} parts={parts} fields={fields} first={index === 0} last={index === parts.length - 1} left={left} held={held} onHold={setHeld} act={act} />)}
        <Button icon={<PlusOutlined />} onClick={() => act({ do: 'section', label: { zh: '新区块', en: 'New section' } })}>{t('definitions.addSection')}</Button>
        {left.length > 0 && <p className="muted">{t('definitions.unplaced')}：{left.map((field) => wordOf(field.label, language())).join('、')}</p>}
      </section>
      <section className="stack layout-preview" aria-label={t('definitions.preview')}>
        <div className="admin-head"><h2 className="grow">{t('definitions.preview')}</h2><Segmented size="small" value={wide} onChange={setWide} options={[{ value: 'desktop' as const, label: t('definitions.previewDesktop') }, { value: 'phone' as const, label: t('definitions.previewPhone') }]} /></div>
        <Preview title={wordOf(object.label, language())} highlights={layout.highlights} parts={parts} fields={fields} phone={wide === 'phone'} />
      </section>
    </div>
  );
}

interface SectionProps {
  part: Part;
  parts: Part[];
  fields: Map<string, FieldShape>;
  first: boolean;
  last: boolean;
  left: FieldShape[];
  held?: Held;
  onHold: (held: Held | undefined) => void;
  act: (step: Step) => void;
}

function SectionEditor({ part, parts, fields, first, last, left, held, onHold, act }: SectionProps) {
  const { t } = useTranslation('admin');
  const [over, setOver] = useState<number>();
  const tongue = language();
  const name = wordOf(part.label, tongue);
  const word = (field: string) => wordOf(fields.get(field)?.label ?? { zh: field, en: field }, tongue) || field;
  const drop = (at: number) => (event: DragEvent) => {
    event.preventDefault();
    setOver(undefined);
    if (!held) return;
    const here = held.from === part.key ? part.fields.indexOf(held.field) : -1;
    act({ do: 'move', field: held.field, from: held.from, to: part.key, at: here >= 0 && here < at ? at - 1 : at });
    onHold(undefined);
  };
  const accept = (at: number) => (event: DragEvent) => {
    if (!held || (held.from !== part.key && part.fields.includes(held.field))) return;
    event.preventDefault();
    event.stopPropagation();
    setOver(at);
  };
  return (
    <div className="panel layout-part" onDragOver={accept(part.fields.length)} onDragLeave={() => setOver(undefined)} onDrop={drop(over ?? part.fields.length)}>
      <div className="layout-part-head">
        <Input size="small" aria-label={`${t('definitions.sectionName')} ${t('definitions.zh')}`} value={part.label.zh} maxLength={50} onChange={(event) => act({ do: 'rename', key: part.key, label: { ...part.label, zh: event.target.value } })} />
        <Input size="small" aria-label={`${t('definitions.sectionName')} ${t('definitions.en')}`} value={part.label.en} maxLength={50} onChange={(event) => act({ do: 'rename', key: part.key, label: { ...part.label, en: event.target.value } })} />
        <Button size="small" icon={<ArrowUpOutlined />} aria-label={t('definitions.moveUp', { name })} disabled={first} onClick={() => act({ do: 'shiftSection', key: part.key, by: -1 })} />
        <Button size="small" icon={<ArrowDownOutlined />} aria-label={t('definitions.moveDown', { name })} disabled={last} onClick={() => act({ do: 'shiftSection', key: part.key, by: 1 })} />
        <Button size="small" danger icon={<DeleteOutlined />} aria-label={`${t('definitions.removeSection')} ${name}`} onClick={() => act({ do: 'remove', key: part.key })} />
      </div>
      <ul className="layout-fields">
        {part.fields.map((field, index) => (
          <li
            key={field} data-over={over === index || undefined} data-held={held?.field === field && held.from === part.key || undefined} draggable
            onDragStart={(event) => { event.dataTransfer.effectAllowed = 'move'; event.dataTransfer.setData('text/plain', field); onHold({ field, from: part.key }); }}
            onDragEnd={() => onHold(undefined)} onDragOver={accept(index)}
          >
            <HolderOutlined className="layout-grip" aria-hidden="true" />
            <span className="grow" title={field}>{word(field)}</span>
            <Button size="small" type="text" icon={<ArrowUpOutlined />} aria-label={t('definitions.moveUp', { name: word(field) })} disabled={index === 0} onClick={() => act({ do: 'shift', field, in: part.key, by: -1 })} />
            <Button size="small" type="text" icon={<ArrowDownOutlined />} aria-label={t('definitions.moveDown', { name: word(field) })} disabled={index === part.fields.length - 1} onClick={() => act({ do: 'shift', field, in: part.key, by: 1 })} />
            {parts.length > 1 && (
              <Dropdown trigger={['click']} menu={{ items: parts.filter((other) => other.key !== part.key && !other.fields.includes(field)).map((other) => ({ key: String(other.key), label: wordOf(other.label, tongue) })), onClick: ({ key }) => act({ do: 'move', field, from: part.key, to: Number(key), at: parts.find((other) => other.key === Number(key))?.fields.length ?? 0 }) }}>
                <Button size="small" type="text" aria-label={`${word(field)} ${t('definitions.moveTo')}`}>⇄</Button>
              </Dropdown>
            )}
            <Button size="small" type="text" icon={<CloseOutlined />} aria-label={`${t('definitions.removeField')} ${word(field)}`} onClick={() => act({ do: 'drop', field, from: part.key })} />
          </li>
        ))}
      </ul>
      {part.more && <p className="muted layout-more">{t('definitions.holdsMore')}</p>}
      {left.length > 0 && <Select<string> size="small" className="layout-add" aria-label={`${t('definitions.addField2')} ${name}`} placeholder={t('definitions.addField2')} value={null} showSearch={{ optionFilterProp: 'label' }} options={left.map((field) => ({ value: field.name, label: wordOf(field.label, tongue) || field.name }))} onChange={(field) => act({ do: 'add', field, to: part.key })} />}
    </div>
  );
}
