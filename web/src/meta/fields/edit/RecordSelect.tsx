// Choosing a record by typing a name, initials or last digits; the server searches.
import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { type KeyboardEvent, type ReactNode, useEffect, useState } from 'react';
import { call } from '@/shared/api/http.ts';
import type { Field, Json, Page, RecordView } from '@/shared/api/types.ts';
import { useObjects } from '@/meta/definitions.ts';
import { plainTitle, secondLine } from '@/meta/titles.ts';
import { useTitle } from '@/meta/useTitle.ts';
import '../fields.css';

interface Props {
  field: Field;
  value: Json;
  onChange: (value: Json) => void;
  multiple?: boolean;
  /** The title of the present value. */
  title?: string;
  id?: string;
  label?: string;
  placeholder?: string;
  invalid?: boolean;
  autoFocus?: boolean;
}

interface Choice { key: string; object: string; id: string; title: string; hint: string }

/** The objects a field points to. */
function useTargets(field: Field): string[] {
  const objects = useObjects()?.objects ?? [];
  const system = field.type === 'user' || field.type === 'org_unit' ? field.type : null;
  if (system) return objects.filter((object) => object.system === system).map((object) => object.name);
  const named = field.to ?? [];
  if (named.includes('*')) return objects.filter((object) => object.actions.includes('read')).map((object) => object.name);
  return named.filter((name) => objects.some((object) => object.name === name));
}

async function find(targets: string[], text: string, titles: Map<string, string | null | undefined>, signal: AbortSignal): Promise<Choice[]> {
  const choice = (record: RecordView): Choice =>
    ({ key: record.id, object: record.object, id: record.id, title: plainTitle(record, titles.get(record.object)), hint: secondLine(record, titles.get(record.object)) });
  if (text) {
    const found = await call<{ results: { records: RecordView[] }[] }>('search', { query: { q: text, objects: targets.join(','), limit: 10 }, signal });
    return found.results.flatMap((group) => group.records.map(choice));
  }
  const [first] = targets;
  if (!first || targets.length > 1) return [];
  const definition = await call<{ title: string; fields: { name: string; search: boolean }[] }>(`objects/${first}`, { signal });
  const columns = [definition.title, ...definition.fields.filter((field) => field.search && field.name !== definition.title).map((field) => field.name)];
  const page = await call<Page>(`records/${first}`, { query: { columns: columns.slice(0, 4).join(','), limit: 20 }, signal });
  return (page.records ?? []).map(choice);
}

function line(option: { label?: ReactNode; data: { hint?: string } }) {
  return <span className="record-choice"><span>{option.label}</span><small>{option.data.hint ?? ''}</small></span>;
}

export function RecordSelect({ field, value, onChange, multiple, title, id, label, placeholder, invalid, autoFocus }: Props) {
  const [text, setText] = useState('');
  const [wanted, setWanted] = useState('');
  const [open, setOpen] = useState(false);
  const [known, setKnown] = useState<Record<string, string>>({});
  const targets = useTargets(field);
  const titleFields = new Map(useObjects()?.objects.map((object) => [object.name, object.title]));
  const several = field.type === 'reference' && (field.to?.length ?? 0) !== 1 || (field.to?.includes('*') ?? false);
  useEffect(() => {
    const timer = setTimeout(() => setWanted(text.trim()), 200);
    return () => clearTimeout(timer);
  }, [text]);
  const found = useQuery({
    queryKey: ['choices', targets, wanted],
    queryFn: ({ signal }) => find(targets, wanted, titleFields, signal),
    enabled: open && targets.length > 0,
    staleTime: 30_000,
  });
  // What was found for other words is no choice for these: Enter would take it unseen.
  const behind = text.trim() !== wanted;
  const choices = (behind ? undefined : found.data) ?? [];
  const idOf = (one: Json): string => (one && typeof one === 'object' && !Array.isArray(one) ? String(one.id) : String(one ?? ''));
  const present = multiple ? (Array.isArray(value) ? value.map(idOf) : []) : idOf(value);
  const unnamed = !multiple && present !== '' && !title && !known[present as string] && !choices.some((choice) => choice.key === present);
  const of = value && typeof value === 'object' && !Array.isArray(value) ? String(value.object) : targets[0];
  const asked = useTitle(unnamed && of ? { object: of, id: present as string } : null);
  const titles = (key: string) => choices.find((choice) => choice.key === key)?.title ?? known[key] ?? (key === present ? (title ?? asked) : undefined) ?? key.slice(0, 8);
  const shape = (key: string): Json => {
    const object = choices.find((choice) => choice.key === key)?.object;
    return several && object ? { object, id: key } : key;
  };
  const pick = (next: string | string[] | undefined) => {
    const keys = Array.isArray(next) ? next : next ? [next] : [];
    setKnown((before) => ({ ...before, ...Object.fromEntries(keys.map((key) => [key, titles(key)])) }));
    setText('');
    if (multiple) onChange(keys.map(shape));
    else onChange(next ? shape(String(next)) : null);
  };
  const listed = choices.map((choice) => ({ value: choice.key, label: choice.title, hint: choice.hint }));
  const missing = text.trim() ? [] : (multiple ? (present as string[]) : [present as string]).filter((key) => key && !listed.some((one) => one.value === key));
  const searching = found.isFetching || behind;
  const early = (event: KeyboardEvent) => {
    if (!open || !searching || event.key !== 'Enter') return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="choosing" onKeyDownCapture={early}>
      <Select
        id={id} aria-label={label} placeholder={placeholder} autoFocus={autoFocus} status={invalid ? 'error' : undefined} allowClear mode={multiple ? 'multiple' : undefined}
        value={(multiple ? present : present || undefined) as string | string[] | undefined} onChange={pick} onOpenChange={setOpen} loading={searching}
        showSearch={{ filterOption: false, onSearch: setText, searchValue: text }}
        notFoundContent={searching ? '…' : undefined}
        options={[...missing.map((key) => ({ value: key, label: titles(key), hint: '' })), ...listed]}
        optionRender={line}
      />
    </div>
  );
}
