// The list of keys.
import { Modal } from 'antd';
import { useTranslation } from 'react-i18next';

const KEYS: [string, string][] = [
  ['Ctrl K', 'palette'], ['/', 'palette'], ['?', 'help'], ['↑ ↓', 'rows'], ['Enter', 'openRow'], ['Space', 'selectRow'],
  ['Ctrl ← →', 'neighbours'], ['Ctrl Enter', 'save'], ['Ctrl S', 'save'], ['Esc', 'close'],
];

export default function Shortcuts({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('shell');
  return (
    <Modal open title={t('keys.title')} footer={null} onCancel={onClose} width={440}>
      <dl className="shortcuts">
        {KEYS.map(([keys, name]) => <div key={keys}><dt><kbd>{keys}</kbd></dt><dd>{t(`keys.${name}`)}</dd></div>)}
      </dl>
    </Modal>
  );
}
