// Says that something waits in the draft, and leads to where it is compared and published.
import { Link } from '@tanstack/react-router';
import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';

export function DraftLink() {
  const { t } = useTranslation('admin');
  return <Alert type="warning" showIcon title={t('definitions.waiting')} action={<Link to="/app/admin/$page" params={{ page: 'definitions' }} search={{ tab: 'draft' }}>{t('definitions.toPublish')}</Link>} />;
}
