// The way from a list into the wizard.
import { ImportOutlined } from '@ant-design/icons';
import { useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

export function ImportButton({ object }: { object: string }) {
  const { t } = useTranslation('shell');
  const navigate = useNavigate();
  return <Button type="text" icon={<ImportOutlined />} onClick={() => void navigate({ to: '/app/imports/new', search: { object } })}>{t('importRows')}</Button>;
}
