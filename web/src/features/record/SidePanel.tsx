// A record beside its list, so that the place in the list is kept.
import { CloseOutlined, DownOutlined, ExpandAltOutlined, UpOutlined } from '@ant-design/icons';
import { useNavigate } from '@tanstack/react-router';
import { Button, Tooltip } from 'antd';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useObject } from '@/meta/definitions.ts';
import { neighbours } from '@/meta/trail.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { Waiting } from '@/shared/ui/Waiting.tsx';
import { RecordBody } from './RecordBody.tsx';
import { usePage } from './useRecord.ts';
import './record.css';

interface Props { object: string; id: string; onClose: () => void; onMove: (id: string) => void }

export default function SidePanel({ object: name, id, onClose, onMove }: Props) {
  const { t } = useTranslation('list');
  const navigate = useNavigate();
  const definition = useObject(name);
  const page = usePage(name, id);
  const near = neighbours(name, id);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const inside = event.target instanceof HTMLElement && event.target.closest('.ant-modal, .ant-drawer, .ant-popover, .ant-select-dropdown, input, textarea');
      if (event.key === 'Escape' && !inside && !event.defaultPrevented) onClose();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [onClose]);
  return (
    <aside className="side-panel" aria-label={t('panel')}>
      <div className="side-bar">
        <Tooltip title={t('record:previous')}><Button size="small" type="text" icon={<UpOutlined />} aria-label={t('record:previous')} disabled={!near.before} onClick={() => near.before && onMove(near.before)} /></Tooltip>
        <Tooltip title={t('record:next')}><Button size="small" type="text" icon={<DownOutlined />} aria-label={t('record:next')} disabled={!near.after} onClick={() => near.after && onMove(near.after)} /></Tooltip>
        {near.at && <span className="muted tabular">{t('record:position', { at: near.at, of: near.of })}</span>}
        <span className="related-gap" />
        <Button size="small" type="text" icon={<ExpandAltOutlined />} onClick={() => void navigate({ to: '/app/record/$object/$id', params: { object: name, id } })}>{t('openFull')}</Button>
        <Button size="small" type="text" icon={<CloseOutlined />} aria-label={t('common:close')} onClick={onClose} />
      </div>
      <div className="side-scroll" tabIndex={-1}>
        {page.error && !page.data ? <Failure error={page.error} onRetry={() => void page.refetch()} page />
          : definition.data && page.data ? <RecordBody key={page.data.record.id} object={definition.data} page={page.data} onGone={onClose} />
            : <Waiting rows={8} className="record-wait" />}
      </div>
    </aside>
  );
}
