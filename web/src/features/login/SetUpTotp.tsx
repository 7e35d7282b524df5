// A second factor for roles that must have one.
import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '@/shared/api/http.ts';
import { isProblem } from '@/shared/api/problem.ts';
import { proceed, signOut } from '@/shared/api/session.ts';
import { Line, Refused } from './Line.tsx';

interface Offer { secret: string; address: string }

export function SetUpTotp() {
  const { t } = useTranslation('login');
  const [offer, setOffer] = useState<Offer | null>(null);
  const [code, setCode] = useState('');
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    const fail = (error: unknown) => setProblem(isProblem(error) ? error.message : String(error));
    call<Offer>('session/totp', { method: 'POST', body: {} }).then(setOffer).catch(fail);
  }, []);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setProblem(null);
    try {
      await call('session/totp', { method: 'PUT', body: { code } });
      await proceed();
    } catch (error) {
      setProblem(isProblem(error) ? (error.violations[0]?.message ?? error.message) : String(error));
    }
  };

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <h1>{t('totpTitle')}</h1>
      <p className="login-note">{t('totpHint')}</p>
      <div className="login-line">
        <span>{t('secret')}</span>
        <code className="login-secret">{offer ? <a href={offer.address}>{offer.secret}</a> : '…'}</code>
      </div>
      <Line label={t('code')} value={code} onChange={setCode} inputMode="numeric" autoComplete="one-time-code" maxLength={6} />
      {problem && <Refused>{problem}</Refused>}
      <button type="submit" className="login-submit" disabled={code.trim().length < 6}>{t('bind')}</button>
      <button type="button" className="login-link" onClick={() => void signOut()}>{t('other')}</button>
    </form>
  );
}
