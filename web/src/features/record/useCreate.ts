// A new record in the making: values, a draft that survives a reload, what the server refused.
import { useQueryClient } from '@tanstack/react-query';
import { App } from 'antd';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useJudgement } from '@/meta/expr/useJudgement.ts';
import { draftOf, dropDraft, keepDraft } from '@/shared/api/drafts.ts';
import { newKey, persist } from '@/shared/api/persist.ts';
import { isProblem, isTransient, Problem, type Violation } from '@/shared/api/problem.ts';
import { useSession } from '@/shared/api/session.ts';
import type { Json, ObjectDef, RecordView } from '@/shared/api/types.ts';
import { joined, type Values } from '@/meta/draft.ts';
import { useRefresh } from './useRecord.ts';

const NONE: readonly string[] = [];

export function useCreate(definition: ObjectDef, given: Values) {
  const object = definition.name;
  const { t } = useTranslation('record');
  const { message } = App.useApp();
  const refresh = useRefresh();
  const queries = useQueryClient();
  const user = useSession().session?.user ?? '';
  const key = `new.${object}.${JSON.stringify(given)}`;
  const [values, setValues] = useState<Values>(() => draftOf<Values>(user, key)?.kept ?? {});
  const [restored, setRestored] = useState(() => Object.keys(values).length > 0);
  const [violations, setViolations] = useState<Violation[]>([]);
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  // One key an attempt to create: pressing twice, or a retry on a bad line, makes one record.
  const attempt = useRef('');
  attempt.current ||= newKey();
  const typed = useMemo(() => ({ ...given, ...values }), [given, values]);
  const judged = useJudgement({ object: definition, stored: null, masked: NONE, typed, open: true });

  useEffect(() => {
    const timer = setTimeout(() => {
      if (Object.keys(values).length > 0) keepDraft(user, key, values);
      else dropDraft(user, key);
    }, 300);
    return () => clearTimeout(timer);
  }, [values, key, user]);

  const clear = () => {
    dropDraft(user, key);
    setValues({});
    setViolations([]);
    setFailure(null);
    setRestored(false);
    attempt.current = newKey();
  };

  const submit = async (): Promise<RecordView | null> => {
    setBusy(true);
    setViolations([]);
    setFailure(null);
    try {
      const made = await persist<RecordView>(`records/${object}`, { method: 'POST', body: typed, key: attempt.current });
      clear();
      refresh();
      void message.success({ content: t('create.created'), duration: 1.5 });
      return made;
    } catch (error) {
      // Without an answer the record may have been made: the next attempt carries the same key.
      if (!isTransient(error)) attempt.current = newKey();
      if (isProblem(error, 'invalid')) {
        setViolations(error.violations);
        void queries.invalidateQueries({ queryKey: ['objects'] });
      } else if (isProblem(error, 'idempotency_reused')) setFailure(new Problem(error.status, { code: 'repeated', detail: t('create.maybe') }));
      else setFailure(error);
      return null;
    } finally {
      setBusy(false);
    }
  };

  return {
    values, busy, restored, failure, clear, submit,
    violations: joined(violations, judged.violations), judged,
    put: (field: string, value: Json) => {
      setValues((before) => ({ ...before, [field]: value }));
      setViolations((before) => before.filter((violation) => violation.field !== field));
    },
  };
}
