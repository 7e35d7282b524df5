// A new record in the making: values, a draft that survives a reload, what the server refused.
import { App } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '@/shared/api/http.ts';
import { isProblem, type Violation } from '@/shared/api/problem.ts';
import type { Json, RecordView } from '@/shared/api/types.ts';
import { useSentence } from '@/shared/ui/Failure.tsx';
import type { Values } from './draft.ts';
import { useRefresh } from './useRecord.ts';

function stored(key: string): Values {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(key) ?? '{}');
    return value && typeof value === 'object' ? (value as Values) : {};
  } catch {
    return {};
  }
}

export function useCreate(object: string, given: Values) {
  const { t } = useTranslation('record');
  const { message } = App.useApp();
  const sentence = useSentence();
  const refresh = useRefresh();
  const key = `jinyao.draft.${object}.${JSON.stringify(given)}`;
  const [values, setValues] = useState<Values>(() => stored(key));
  const [restored, setRestored] = useState(() => Object.keys(stored(key)).length > 0);
  const [violations, setViolations] = useState<Violation[]>([]);
  const [busy, setBusy] = useState(false);
  // One key an attempt to create: pressing twice, or a retry on a bad line, makes one record.
  const attempt = useRef(crypto.randomUUID());

  useEffect(() => {
    const timer = setTimeout(() => {
      if (Object.keys(values).length > 0) sessionStorage.setItem(key, JSON.stringify(values));
      else sessionStorage.removeItem(key);
    }, 300);
    return () => clearTimeout(timer);
  }, [values, key]);

  const clear = () => {
    sessionStorage.removeItem(key);
    setValues({});
    setViolations([]);
    setRestored(false);
    attempt.current = crypto.randomUUID();
  };

  const submit = async (): Promise<RecordView | null> => {
    setBusy(true);
    setViolations([]);
    try {
      const made = await call<RecordView>(`records/${object}`, { method: 'POST', body: { ...given, ...values }, key: attempt.current });
      clear();
      refresh();
      void message.success({ content: t('create.created'), duration: 1.5 });
      return made;
    } catch (error) {
      attempt.current = crypto.randomUUID();
      if (isProblem(error, 'invalid')) setViolations(error.violations);
      else void message.error(sentence(error));
      return null;
    } finally {
      setBusy(false);
    }
  };

  return {
    values, violations, busy, restored, clear, submit,
    put: (field: string, value: Json) => {
      setValues((before) => ({ ...before, [field]: value }));
      setViolations((before) => before.filter((violation) => violation.field !== field));
    },
  };
}
