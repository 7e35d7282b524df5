// Editing a record: what is open, the draft, saving it under the version it is based on.
import { useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useJudgement } from '@/meta/expr/useJudgement.ts';
import { draftOf, dropDraft, keepDraft } from '@/shared/api/drafts.ts';
import { call } from '@/shared/api/http.ts';
import { persist } from '@/shared/api/persist.ts';
import { isProblem, type Violation } from '@/shared/api/problem.ts';
import { useSession } from '@/shared/api/session.ts';
import type { Json, ObjectDef, RecordView } from '@/shared/api/types.ts';
import { changes, conflicts, joined, kept, resolved, takenUp, type Conflict, type Kept, type Values } from '@/meta/draft.ts';
import { useRefresh } from './useRecord.ts';

/** Times that what others changed meanwhile is taken in without asking, where nothing contradicts. */
const MERGES = 3;

export interface Clash { base: RecordView; theirs: RecordView; conflicts: Conflict[]; mine: Values }

/** Changes of before that were not saved, and when they were typed. */
export interface Left { at: string; count: number; older: boolean }

export interface Editor {
  /** Fields being edited; all of them while the whole record is. */
  whole: boolean;
  only: string | null;
  draft: Values;
  dirty: number;
  busy: boolean;
  violations: Violation[];
  /** Formulas that follow from the draft. */
  computed: Values;
  /** Fields that may not stay empty as the draft stands. */
  required: ReadonlySet<string>;
  /** Why the last save came to nothing, if not by what was typed. */
  failure: unknown;
  clash: Clash | null;
  /** What a reload or a lost session left unsaved; nothing while something is edited. */
  left: Left | null;
  takeUp: () => void;
  throwAway: () => void;
  begin: (field?: string) => void;
  put: (field: string, value: Json) => void;
  cancel: () => void;
  save: () => Promise<boolean>;
  settle: (keepTheirs: ReadonlySet<string>) => Promise<void>;
  leaveClash: () => void;
}

export function useEditor(record: RecordView, object: ObjectDef): Editor {
  const { t } = useTranslation('record');
  const { message } = App.useApp();
  const refresh = useRefresh();
  const queries = useQueryClient();
  const base = useRef(record);
  const [whole, setWhole] = useState(false);
  const [only, setOnly] = useState<string | null>(null);
  const [draft, setDraft] = useState<Values>({});
  const [busy, setBusy] = useState(false);
  const [violations, setViolations] = useState<Violation[]>([]);
  const [failure, setFailure] = useState<unknown>(null);
  const [clash, setClash] = useState<Clash | null>(null);
  const user = useSession().session?.user ?? '';
  const key = `edit.${record.object}.${record.id}`;
  const [saved, setSaved] = useState(() => draftOf<Kept>(user, key));
  const open = whole || only !== null;
  if (!open) base.current = record;
  const judged = useJudgement({ object, stored: base.current.values, masked: base.current.masked, typed: draft, open });

  const leave = () => {
    setWhole(false);
    setOnly(null);
    setDraft({});
    setViolations([]);
    setFailure(null);
    setClash(null);
  };
  const close = () => {
    dropDraft(user, key);
    setSaved(null);
    leave();
  };
  const changed = changes(base.current, draft);
  const dirty = Object.keys(changed).length;

  useEffect(() => {
    if (dirty === 0) return undefined;
    const keep = () => keepDraft(user, key, kept(base.current, changes(base.current, draft)));
    const timer = setTimeout(keep, 300);
    const warn = (event: BeforeUnloadEvent) => {
      keep();
      event.preventDefault();
    };
    window.addEventListener('beforeunload', warn);
    return () => {
      clearTimeout(timer);
      window.removeEventListener('beforeunload', warn);
    };
  }, [dirty, draft, user, key]);

  const send = async (values: Values, version: number, merges = MERGES): Promise<boolean> => {
    if (Object.keys(values).length === 0) {
      close();
      return true;
    }
    setBusy(true);
    setFailure(null);
    try {
      await persist(`records/${record.object}/${record.id}`, { method: 'PATCH', body: values, version });
      close();
      refresh();
      void message.success({ content: t('saved'), duration: 1.5 });
      return true;
    } catch (error) {
      if (isProblem(error, 'stale') && merges > 0) return await meet(values, merges);
      if (isProblem(error, 'invalid')) {
        setViolations(error.violations);
        void queries.invalidateQueries({ queryKey: ['objects'] });
      } else setFailure(error);
      return false;
    } finally {
      setBusy(false);
    }
  };

  /** Others changed the record meanwhile: asks where both changed a field, else saves over theirs. */
  const meet = async (values: Values, merges: number): Promise<boolean> => {
    try {
      const theirs = await call<RecordView>(`records/${record.object}/${record.id}`, { query: { expand: true, access: true } });
      const found = conflicts(base.current, theirs, values);
      if (found.length === 0) return await send(resolved(theirs, values, new Set()), theirs.version, merges - 1);
      setClash({ base: base.current, theirs, conflicts: found, mine: values });
    } catch (error) {
      setFailure(error);
    }
    return false;
  };

  const waiting = saved && !open ? takenUp(record, saved.kept) : null;
  const count = waiting ? Object.keys(waiting.values).length : 0;

  return {
    whole, only, draft, dirty, busy, failure, clash,
    left: saved && count > 0 ? { at: saved.at, count, older: saved.kept.version !== record.version } : null,
    takeUp: () => {
      if (!waiting) return;
      base.current = waiting.base;
      setDraft(waiting.values);
      setSaved(null);
      setWhole(true);
      setOnly(null);
    },
    throwAway: close,
    violations: joined(violations, judged.violations), computed: judged.computed, required: judged.required,
    begin: (field) => {
      setViolations([]);
      setFailure(null);
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
    cancel: dirty > 0 ? close : leave,
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
