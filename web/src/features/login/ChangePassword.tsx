// A new password in the place of the first or an expired one.
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '@/shared/api/http.ts';
import { isProblem } from '@/shared/api/problem.ts';
import { proceed, signOut } from '@/shared/api/session.ts';
import { Line, Refused } from './Line.tsx';

export function ChangePassword({ current: given }: { current: string }) {
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
      await proceed();
    } catch (error) {
      if (!isProblem(error)) throw error;
      const found: Record<string, string> = {};
      for (const violation of error.violations) {
        found[violation.field] = [found[violation.field], violation.message].filter(Boolean).join('；');
      }
      setProblems(error.violations.length > 0 ? found : { form: error.message });
    } finally {
      setBusy(false);
    }
  };

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <h1>{t('changeTitle')}</h1>
      <p className="login-note">{t('changeHint')}</p>
      {!given && <Line label={t('current')} value={current} onChange={setCurrent} secret autoComplete="current-password" problem={problems.current} />}
      <Line label={t('new')} value={next} onChange={setNext} secret autoComplete="new-password" problem={problems.new} autoFocus />
      <Line label={t('repeat')} value={repeat} onChange={setRepeat} secret autoComplete="new-password" problem={problems.repeat} />
      {problems.form && <Refused>{problems.form}</Refused>}
      <button type="submit" className="login-submit" disabled={busy}>{t('change')}</button>
      <button type="button" className="login-link" onClick={() => void signOut()}>{t('other')}</button>
    </form>
  );
}
