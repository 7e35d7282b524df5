// The last minute before the session ends by itself.
import { Modal } from 'antd';
import { useTranslation } from 'react-i18next';

export default function IdleWarning({ left, onStay }: { left: number; onStay: () => void }) {
  const { t } = useTranslation('shell');
  return (
    <Modal open title={t('idle')} footer={null} closable={false} onCancel={onStay} width={380}>
      <p>{t('idleHint', { count: left })}</p>
      <p><button type="button" className="plain-button" onClick={onStay}>{t('stay')}</button></p>
    </Modal>
  );
}
