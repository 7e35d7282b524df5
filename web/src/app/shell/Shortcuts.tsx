// The list of keys, by where they work.
import { Modal } from 'antd';
import { useTranslation } from 'react-i18next';

const PARTS: { part: string; keys: [string, string][] }[] = [
  { part: 'everywhere', keys: [['Ctrl K', 'palette'], ['/', 'palette'], ['?', 'help'], ['Esc', 'close']] },
  { part: 'record', keys: [['Ctrl ← →', 'neighbours'], ['Ctrl Enter', 'save'], ['Ctrl S', 'save']] },
  {
    part: 'list',
    keys: [
      ['↑ ↓', 'rows'], ['← →', 'cells'], ['Home End', 'ends'], ['Enter', 'openRow'], ['Ctrl Enter', 'openWhole'], ['Space', 'selectRow'], ['Shift Space', 'selectSpan'],
      ['Ctrl A', 'selectAll'], ['F2', 'editCell'], ['F', 'filter'],
    ],
  },
];

export default function Shortcuts({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('shell');
  return (
    <Modal open title={t('keys.title')} footer={null} onCancel={onClose} width={640}>
      <div className="shortcuts">
        {PARTS.map(({ part, keys }) => (
          <section key={part}>
            <h3>{t(`keys.${part}`)}</h3>
            <dl>{keys.map(([key, name]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{t(`keys.${name}`)}</dd></div>)}</dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
