// The page of one record of any object.
import { LeftOutlined, RightOutlined } from '@ant-design/icons';
import { Link, useNavigate, useParams, useRouter, useSearch } from '@tanstack/react-router';
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

export default function RecordPage() {
  const { object: name, id } = useParams({ from: '/app/record/$object/$id' });
  const { tab } = useSearch({ from: '/app/record/$object/$id' });
  const navigate = useNavigate();
  const router = useRouter();
  const { t } = useTranslation('record');
  const definition = useObject(name);
  const page = usePage(name, id);
  const near = neighbours(name, id);
  const go = (to: string | undefined) => to && void navigate({ to: '/app/record/$object/$id', params: { object: name, id: to }, search: { tab } });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (!event.ctrlKey || (event.target instanceof HTMLElement && /^(INPUT|TEXTAREA)$/.test(event.target.tagName))) return;
      const to = event.key === 'ArrowLeft' ? near.before : event.key === 'ArrowRight' ? near.after : undefined;
      if (!to) return;
      event.preventDefault();
      void navigate({ to: '/app/record/$object/$id', params: { object: name, id: to }, search: { tab } });
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  });
  const failed = definition.error ?? page.error;
  if (failed && !page.data) return <Failure error={failed} onRetry={() => void page.refetch()} page />;
  const object = definition.data;
  const back = () => (router.history.canGoBack() ? router.history.back() : void navigate({ to: '/app/list/$object', params: { object: name } }));
  return (
    <div className="record-page">
      <div className="record-path">
        <Button size="small" type="text" icon={<LeftOutlined />} onClick={back}>{t('common:back')}</Button>
        {object && <Link to="/app/list/$object" params={{ object: name }}>{object.label}</Link>}
        <span className="related-gap" />
        {near.at && (
          <span className="record-near">
            <Tooltip title={`${t('previous')} Ctrl+←`}><Button size="small" type="text" icon={<LeftOutlined />} aria-label={t('previous')} disabled={!near.before} onClick={() => go(near.before)} /></Tooltip>
            <span className="tabular muted">{t('position', { at: near.at, of: near.of })}</span>
            <Tooltip title={`${t('next')} Ctrl+→`}><Button size="small" type="text" icon={<RightOutlined />} aria-label={t('next')} disabled={!near.after} onClick={() => go(near.after)} /></Tooltip>
          </span>
        )}
      </div>
      {object && page.data ? (
        <RecordBody
          key={page.data.record.id} object={object} page={page.data} tab={tab} onGone={back}
          onTab={(next) => void navigate({ to: '/app/record/$object/$id', params: { object: name, id }, search: { tab: next }, replace: true })}
        />
      ) : <Waiting rows={12} className="record-wait panel" />}
    </div>
  );
}
