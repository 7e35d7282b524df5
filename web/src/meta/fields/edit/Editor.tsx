// Writing a value, by the type of its field. Loads when something is edited first.
import { DatePicker, Input, Select, Switch, TreeSelect } from 'antd';
import dayjs from 'dayjs';
import { useMemo, type ReactNode } from 'react';
import type { Field, Json, Money } from '@/shared/api/types.ts';
import { useOptions } from '../../definitions.ts';
import { cleaned } from '../amount.ts';
import { kindOf } from '../kinds.ts';
import { instantOf, instantText } from '../moment.ts';
import { toFraction, toHundred } from '../percent.ts';
import { FileEditor } from './FileEditor.tsx';
import { RecordSelect } from './RecordSelect.tsx';

export interface EditorProps {
  field: Field;
  value: Json | undefined;
  onChange: (value: Json) => void;
  id: string;
  invalid?: boolean;
  autoFocus?: boolean;
  /** What stands there masked; typing replaces it. */
  masked?: string;
  title?: string;
}

export default function Editor(props: EditorProps): ReactNode {
  switch (kindOf(props.field).editor) {
    case 'long_text': return <LongText {...props} />;
    case 'number': return <Plain {...props} mode="decimal" />;
    case 'money': return <MoneyEditor {...props} />;
    case 'percent': return <PercentEditor {...props} />;
    case 'date': return <DateEditor {...props} />;
    case 'date_time': return <InstantEditor {...props} />;
    case 'boolean': return <Switch id={props.id} checked={props.value === true} onChange={props.onChange} autoFocus={props.autoFocus} />;
    case 'select': return <OptionEditor {...props} />;
    case 'multi_select': return <OptionEditor {...props} multiple />;
    case 'cascade': return <TreeEditor {...props} />;
    case 'reference': return <RecordSelect {...props} value={props.value ?? null} />;
    case 'file': return <FileEditor {...props} />;
    case 'tags': return <TagsEditor {...props} />;
    case 'text': return <Plain {...props} />;
    default: return null;
  }
}

const words = (value: Json | undefined): string => (value === null || value === undefined || typeof value === 'object' ? '' : String(value));

function Plain({ field, value, onChange, id, invalid, autoFocus, masked, mode }: EditorProps & { mode?: 'decimal' }) {
  const numeric = mode === 'decimal';
  const telephone = field.type === 'phone' || field.type === 'bank_card';
  const put = (text: string) => onChange(text === '' ? null : numeric ? cleaned(text) : text);
  return (
    <Input
      id={id} value={words(value)} placeholder={masked} status={invalid ? 'error' : undefined} autoFocus={autoFocus} autoComplete="off"
      inputMode={numeric ? 'decimal' : telephone ? 'tel' : field.type === 'email' ? 'email' : undefined}
      maxLength={numeric ? 40 : typeof field.max === 'number' ? field.max : 1000} onChange={(event) => put(event.target.value)}
    />
  );
}

function LongText({ field, value, onChange, id, invalid, autoFocus }: EditorProps) {
  const most = typeof field.max === 'number' ? field.max : undefined;
  return (
    <Input.TextArea
      id={id} value={words(value)} status={invalid ? 'error' : undefined} autoFocus={autoFocus} maxLength={most} rows={4} className="growing"
      onChange={(event) => onChange(event.target.value === '' ? null : event.target.value)}
    />
  );
}

function MoneyEditor({ field, value, onChange, id, invalid, autoFocus }: EditorProps) {
  const money = value && typeof value === 'object' && !Array.isArray(value) ? (value as unknown as Money) : null;
  const currency = money?.currency ?? field.currency ?? 'CNY';
  const amount = money?.amount ?? words(value);
  const put = (text: string) => onChange(text === '' ? null : field.currency_field ? cleaned(text) : { amount: cleaned(text), currency });
  return (
    <Input
      id={id} value={amount} inputMode="decimal" className="tabular" status={invalid ? 'error' : undefined} autoFocus={autoFocus} maxLength={40}
      suffix={<span className="muted">{currency}</span>} onChange={(event) => put(event.target.value)}
    />
  );
}

function PercentEditor({ value, onChange, id, invalid, autoFocus }: EditorProps) {
  const shown = words(value);
  return (
    <Input
      id={id} value={/^-?\d+(\.\d+)?$/.test(shown) ? toHundred(shown) : shown.replace(/%$/, '')} inputMode="decimal" suffix="%" status={invalid ? 'error' : undefined} autoFocus={autoFocus}
      onChange={(event) => {
        const text = cleaned(event.target.value);
        // A half-typed number stays as typed, with its sign, until it is whole.
        onChange(text === '' ? null : /^-?\d+(\.\d*[1-9])?$/.test(text) ? toFraction(text) : `${text}%`);
      }}
    />
  );
}

function DateEditor({ value, onChange, id, invalid, autoFocus }: EditorProps) {
  const day = words(value);
  return <DatePicker id={id} value={day ? dayjs(day) : null} status={invalid ? 'error' : undefined} autoFocus={autoFocus} onChange={(day) => onChange(day ? day.format('YYYY-MM-DD') : null)} />;
}

function InstantEditor({ value, onChange, id, invalid, autoFocus }: EditorProps) {
  const at = words(value);
  return (
    <DatePicker
      id={id} showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" value={at ? dayjs(instantText(at)) : null} status={invalid ? 'error' : undefined} autoFocus={autoFocus}
      onChange={(day) => onChange(day ? instantOf(day.format('YYYY-MM-DD HH:mm')) : null)}
    />
  );
}

function OptionEditor({ field, value, onChange, id, invalid, autoFocus, multiple }: EditorProps & { multiple?: boolean }) {
  const items = useOptions(field.options)?.items ?? [];
  const chosen = Array.isArray(value) ? value.map(String) : value ? [String(value)] : [];
  const offered = items.filter((item) => !item.retired || chosen.includes(item.code));
  return (
    <Select
      id={id} mode={multiple ? 'multiple' : undefined} status={invalid ? 'error' : undefined} autoFocus={autoFocus} allowClear={!field.required || multiple}
      value={(multiple ? chosen : chosen[0]) as string | string[] | undefined} showSearch={offered.length > 8 ? { optionFilterProp: 'label' } : false}
      options={offered.map((item) => ({ value: item.code, label: item.label }))}
      onChange={(next: string | string[] | undefined) => onChange(next === undefined || (Array.isArray(next) && next.length === 0) ? null : next)}
    />
  );
}

function TreeEditor({ field, value, onChange, id, invalid, autoFocus }: EditorProps) {
  const items = useOptions(field.options)?.items;
  const data = useMemo(
    () => (items ?? []).filter((item) => !item.retired).map((item) => ({ id: item.code, pId: item.parent ?? 0, value: item.code, title: item.label })),
    [items],
  );
  return (
    <TreeSelect
      id={id} treeDataSimpleMode treeData={data} value={words(value) || undefined} allowClear status={invalid ? 'error' : undefined} autoFocus={autoFocus}
      showSearch={{ treeNodeFilterProp: 'title' }} styles={{ popup: { root: { maxHeight: 360 } } }} onChange={(next?: string) => onChange(next ?? null)}
    />
  );
}

function TagsEditor({ value, onChange, id, invalid }: EditorProps) {
  const chosen = Array.isArray(value) ? value.map(String) : [];
  return <Select id={id} mode="tags" open={false} suffixIcon={null} tokenSeparators={[',', '，', ' ']} value={chosen} status={invalid ? 'error' : undefined} onChange={(next: string[]) => onChange(next.length > 0 ? next : null)} />;
}
