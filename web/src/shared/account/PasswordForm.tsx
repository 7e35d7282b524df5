// A new password in the place of the present one.
import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '@/shared/api/http.ts';
import { isProblem } from '@/shared/api/problem.ts';
import { Line, Refused } from './Line.tsx';

interface Props {
  /** The present password, when it was just typed. */
  given?: string;
  onDone: () => void | Promise<void>;
  children?: ReactNode;
}

export function PasswordForm({ given = '', onDone, children }: Props) {
  const { t } = useTranslation('login');
  const [current, setCurrent] = useState(given);
  const [next, setNext] = useState('');
  const [repeat, setRepeat] = useState('');
  const [busy, setBusy] = useState(false);
  const [problems, setProblems] = useState<Record<string, string>>({});

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (next !== repeat) {
      setProblems({ repeat: t('mismatch') });
      return;
    }
    setBusy(true);
    setProblems({});
    try {
      await call('session/password', { method: 'PUT', body: { current, new: next } });
      await onDone();
    } catch (error) {
      const found: Record<string, string> = {};
      for (const violation of isProblem(error) ? error.violations : []) {
        found[violation.field] = [found[violation.field], violation.message].filter(Boolean).join('；');
      }
      const whole = isProblem(error) ? error.message : t('common:error.unknown');
      setProblems(Object.keys(found).length > 0 ? found : { form: whole });
    } finally {
      setBusy(false);
    }
  };

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      {!given && <Line label={t('current')} value={current} onChange={setCurrent} secret autoComplete="current-password" problem={problems.current} autoFocus />}
      <Line label={t('new')} value={next} onChange={setNext} secret autoComplete="new-password" problem={problems.new} autoFocus={!!given} />
      <Line label={t('repeat')} value={repeat} onChange={setRepeat} secret autoComplete="new-password" problem={problems.repeat} />
      {problems.form && <Refused>{problems.form}</Refused>}
      <button type="submit" className="plain-submit" disabled={busy || !current || !next}>{t('change')}</button>
      {children}
    </form>
  );
}
