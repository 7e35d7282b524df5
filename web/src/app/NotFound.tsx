// An address without a page.
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

export function NotFound() {
  const { t } = useTranslation('shell');
  return (
    <div className="centered">
      <h1>{t('notFound')}</h1>
      <p className="muted">{t('notFoundHint')}</p>
      <Link to="/">{t('toHome')}</Link>
    </div>
  );
}
