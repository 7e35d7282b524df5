// Letting go of an authenticator, for the password.
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Line, Refused } from '@/shared/account/Line.tsx';
import { call } from '@/shared/api/http.ts';
import { isProblem } from '@/shared/api/problem.ts';

export function Unbind({ onDone }: { onDone: () => void | Promise<void> }) {
  const { t } = useTranslation('admin');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<string>();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setProblem(undefined);
    try {
      await call('session/totp', { method: 'DELETE', body: { password } });
      await onDone();
    } catch (error) {
      setProblem(isProblem(error) ? (error.violations[0]?.message ?? error.message) : t('common:error.unknown'));
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Line label={t('login:current')} value={password} onChange={setPassword} secret autoComplete="current-password" autoFocus />
      {problem && <Refused>{problem}</Refused>}
      <button type="submit" className="plain-submit" disabled={!password}>{t('users.factor')}</button>
    </form>
  );
}
