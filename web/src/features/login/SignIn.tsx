// Login and password, and the one-time code when the server asks for it.
import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { NETWORK, isProblem } from '@/shared/api/problem.ts';
import { signIn, signOut } from '@/shared/api/session.ts';
import { Line, Refused } from '@/shared/account/Line.tsx';

const LAST = 'jinyao.login';

export function SignIn({ expired, onPassword }: { expired: boolean; onPassword: (password: string) => void }) {
  const { t } = useTranslation('login');
  const [login, setLogin] = useState(() => localStorage.getItem(LAST) ?? '');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [locked, setLocked] = useState(0);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!login.trim() || !password) return;
    setBusy(true);
    setProblem(null);
    try {
      onPassword(password);
      localStorage.setItem(LAST, login.trim());
      await signIn(login.trim(), password, asked ? code : undefined);
    } catch (error) {
      setBusy(false);
      if (isProblem(error, 'second_factor')) setAsked(true);
      else if (isProblem(error, 'locked')) setLocked(Date.now() + (error.retryAfter ?? 60) * 1000);
      else if (isProblem(error, 'credentials')) setProblem(t('credentials'));
      else if (isProblem(error, NETWORK)) setProblem(t('common:error.network'));
      else setProblem(isProblem(error) ? error.message : t('common:error.unknown'));
    }
  };

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <h1>{asked ? t('code') : t('welcome')}</h1>
      {expired && <p className="plain-note">{t('expired')}</p>}
      {!asked && (
        <>
          <Line label={t('login')} value={login} onChange={setLogin} autoComplete="username" name="login" maxLength={100} autoFocus={!login} />
          <Line label={t('password')} value={password} onChange={setPassword} secret autoComplete="current-password" name="password" maxLength={200} autoFocus={!!login} />
        </>
      )}
      {asked && (
        <>
          <p className="plain-note">{t('codeHint')}</p>
          <Line label={t('code')} value={code} onChange={setCode} inputMode="numeric" autoComplete="one-time-code" maxLength={6} autoFocus />
        </>
      )}
      {locked > 0 && <Locked until={locked} onEnd={() => setLocked(0)} />}
      {problem && <Refused>{problem}</Refused>}
      <button type="submit" className="plain-submit" disabled={busy || locked > 0}>
        {busy ? t('busy') : asked ? t('verify') : t('submit')}
      </button>
      {expired && <button type="button" className="plain-link" onClick={() => void signOut()}>{t('other')}</button>}
    </form>
  );
}

/** Says for how long; ends by itself. */
function Locked({ until, onEnd }: { until: number; onEnd: () => void }) {
  const { t } = useTranslation('login');
  const [left, setLeft] = useState(() => Math.ceil((until - Date.now()) / 1000));
  useEffect(() => {
    const timer = setInterval(() => {
      const seconds = Math.ceil((until - Date.now()) / 1000);
      setLeft(seconds);
      if (seconds <= 0) onEnd();
    }, 1000);
    return () => clearInterval(timer);
  }, [until, onEnd]);
  const time = left >= 60 ? t('minutes', { count: Math.round(left / 60) }) : t('seconds', { count: Math.max(left, 1) });
  return <Refused>{t('locked', { time })}</Refused>;
}
