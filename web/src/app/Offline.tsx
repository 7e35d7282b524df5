// Shown when not even the session could be asked for.
import { useTranslation } from 'react-i18next';

export function Offline() {
  const { t } = useTranslation('login');
  return (
    <main className="centered">
      <h1>{t('offline')}</h1>
      <p className="muted">{t('offlineHint')}</p>
      <button type="button" className="plain-button" onClick={() => location.reload()}>{t('common:retry')}</button>
    </main>
  );
}
