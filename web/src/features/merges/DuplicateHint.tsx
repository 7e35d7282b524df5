// While a record is being typed: what seems to be the same is told, as far as one may know of it.
import { ExclamationCircleFilled } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { plainTitle } from '@/meta/titles.ts';
import { call } from '@/shared/api/http.ts';
import type { Json, ObjectDef } from '@/shared/api/types.ts';
import { language } from '@/shared/i18n/index.ts';
import { AskShare } from './AskShare.tsx';
import { facts, reasons, type Side, type Why } from './model.ts';
import './texts.ts';
import './merges.css';
import './hint.css';

interface Duplicate extends Side { level: 'certain' | 'likely' | 'possible'; why?: Why[] }

const PAUSE_MS = 600;
const SHOWN = 3;

export default function DuplicateHint({ object, values, except }: { object: ObjectDef; values: Record<string, Json>; except?: string }) {
  const { t } = useTranslation('merge');
  const [asked, setAsked] = useState(values);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(values), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [values]);
  const found = useQuery({
    queryKey: ['duplicates', object.name, asked, except],
    queryFn: ({ signal }) => call<{ duplicates: Duplicate[] }>(`records/${object.name}/duplicates`, { method: 'POST', body: { values: asked, except }, signal }),
    enabled: Object.keys(asked).length > 0,
    placeholderData: (before) => before,
    staleTime: 30_000,
    retry: false,
  });
  const list = Object.keys(asked).length > 0 ? (found.data?.duplicates ?? []).slice(0, SHOWN) : [];
  if (list.length === 0) return null;
  return (
    <section className="dup" role="status">
      <h3><ExclamationCircleFilled /> {t('hint.title')}</h3>
      <ul>{list.map((one) => <Found key={one.record?.id ?? one.handle} one={one} object={object} />)}</ul>
    </section>
  );
}

function Found({ one, object }: { one: Duplicate; object: ObjectDef }) {
  const { t } = useTranslation('merge');
  if (one.record) {
    return (
      <li>
        <span><Link to="/app/record/$object/$id" params={{ object: object.name, id: one.record.id }} target="_blank" preload={false}>{plainTitle(one.record, object.title)}</Link> <small>{facts(object, one.record)}</small></span>
        <small>{reasons(one.why ?? [], language() === 'en').join(' · ') || t(one.level === 'certain' ? 'hint.certain' : 'hint.likely')}</small>
      </li>
    );
  }
  return (
    <li>
      <span>{one.owner ? t('hint.owned', { owner: one.owner }) : t('hint.certain')}</span>
      {one.handle && <AskShare handle={one.handle} />}
    </li>
  );
}
