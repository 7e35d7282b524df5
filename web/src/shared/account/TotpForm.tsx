// Binding an authenticator: its secret as a picture and as text, then a code that it shows.
import { type FormEvent, lazy, type ReactNode, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '@/shared/api/http.ts';
import { isProblem } from '@/shared/api/problem.ts';
import { Line, Refused } from './Line.tsx';

const QrCode = lazy(() => import('./QrCode.tsx'));

interface Offer { secret: string; address: string }
interface Props { onDone: () => void | Promise<void>; children?: ReactNode }

export function TotpForm({ onDone, children }: Props) {
  const { t } = useTranslation('login');
  const [offer, setOffer] = useState<Offer | null>(null);
  const [code, setCode] = useState('');
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    const fail = (error: unknown) => setProblem(isProblem(error) ? error.message : t('common:error.unknown'));
    call<Offer>('session/totp', { method: 'POST', body: {} }).then(setOffer).catch(fail);
  }, [t]);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setProblem(null);
    try {
      await call('session/totp', { method: 'PUT', body: { code } });
      await onDone();
    } catch (error) {
      setProblem(isProblem(error) ? (error.violations[0]?.message ?? error.message) : t('common:error.unknown'));
    }
  };

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      {offer && <Suspense fallback={<div className="plain-qr" />}><QrCode text={offer.address} label={t('qr')} /></Suspense>}
      <div className="plain-line">
        <span>{t('secret')}</span>
        <code className="plain-secret">{offer ? <a href={offer.address}>{offer.secret}</a> : '…'}</code>
      </div>
      <Line label={t('code')} value={code} onChange={setCode} inputMode="numeric" autoComplete="one-time-code" maxLength={6} />
      {problem && <Refused>{problem}</Refused>}
      <button type="submit" className="plain-submit" disabled={!offer || code.trim().length < 6}>{t('bind')}</button>
      {children}
    </form>
  );
}
