// Editing a record: what is open, the draft, saving it under the version it is based on.
import { App } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '@/shared/api/http.ts';
import { isProblem, type Violation } from '@/shared/api/problem.ts';
import type { Json, RecordView } from '@/shared/api/types.ts';
import { useSentence } from '@/shared/ui/Failure.tsx';
import { changes, conflicts, resolved, type Conflict, type Values } from './draft.ts';
import { useRefresh } from './useRecord.ts';

export interface Clash { theirs: RecordView; conflicts: Conflict[]; mine: Values }

export interface Editor {
  /** Fields being edited; all of them while the whole record is. */
  whole: boolean;
  only: string | null;
  draft: Values;
  dirty: number;
  busy: boolean;
  violations: Violation[];
  clash: Clash | null;
  begin: (field?: string) => void;
  put: (field: string, value: Json) => void;
  cancel: () => void;
  save: () => Promise<boolean>;
  settle: (keepTheirs: ReadonlySet<string>) => Promise<void>;
  leaveClash: () => void;
}

export function useEditor(record: RecordView): Editor {
  const { t } = useTranslation('record');
  const { message } = App.useApp();
  const sentence = useSentence();
  const refresh = useRefresh();
  const base = useRef(record);
  const [whole, setWhole] = useState(false);
  const [only, setOnly] = useState<string | null>(null);
  const [draft, setDraft] = useState<Values>({});
  const [busy, setBusy] = useState(false);
  const [violations, setViolations] = useState<Violation[]>([]);
  const [clash, setClash] = useState<Clash | null>(null);
  const open = whole || only !== null;
  if (!open) base.current = record;

  const close = () => {
    setWhole(false);
    setOnly(null);
    setDraft({});
    setViolations([]);
    setClash(null);
  };
  const changed = changes(base.current, draft);
  const dirty = Object.keys(changed).length;

  useEffect(() => {
    if (dirty === 0) return undefined;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [dirty]);

  const send = async (values: Values, version: number): Promise<boolean> => {
    if (Object.keys(values).length === 0) {
      close();
      return true;
    }
    setBusy(true);
    try {
      await call(`records/${record.object}/${record.id}`, { method: 'PATCH', body: values, version });
      close();
      refresh();
      void message.success({ content: t('saved'), duration: 1.5 });
      return true;
    } catch (error) {
      if (isProblem(error, 'invalid')) setViolations(error.violations);
      else if (isProblem(error, 'stale')) {
        const theirs = await call<RecordView>(`records/${record.object}/${record.id}`, { query: { expand: true, access: true } });
        setClash({ theirs, conflicts: conflicts(base.current, theirs, values), mine: values });
      } else void message.error(sentence(error));
      return false;
    } finally {
      setBusy(false);
    }
  };

  return {
    whole, only, draft, dirty, busy, violations, clash,
    begin: (field) => {
      setViolations([]);
      if (field) {
        setDraft({});
        setOnly(field);
        setWhole(false);
      } else {
        setWhole(true);
        setOnly(null);
      }
    },
    put: (field, value) => {
      setDraft((before) => ({ ...before, [field]: value }));
      setViolations((before) => before.filter((violation) => violation.field !== field));
    },
    cancel: close,
    save: () => send(changed, base.current.version),
    settle: async (keepTheirs) => {
      if (!clash) return;
      const { theirs, mine } = clash;
      setClash(null);
      base.current = theirs;
      await send(resolved(theirs, mine, keepTheirs), theirs.version);
    },
    leaveClash: () => setClash(null),
  };
}
