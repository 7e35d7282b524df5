// What waits and what is over, with the way to each; requests are answered here.
import { CheckCircleOutlined, CloseCircleOutlined, ReloadOutlined, ShareAltOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { App, Button, Select } from 'antd';
import dayjs from 'dayjs';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldOf, useObjects } from '@/meta/definitions.ts';
import { instantText } from '@/meta/fields/moment.ts';
import { Show } from '@/meta/fields/Show.tsx';
import { useTitles } from '@/meta/useTitles.ts';
import { call } from '@/shared/api/http.ts';
import type { ObjectDef } from '@/shared/api/types.ts';
import { Failure, useSentence } from '@/shared/ui/Failure.tsx';
import { ObjectIcon } from '@/shared/ui/icons.tsx';
import { Waiting } from '@/shared/ui/Waiting.tsx';
import { Approving } from './Approving.tsx';
import type { Notice, ShareRequest } from './model.ts';
import { Pressed } from './Pressed.tsx';
import type { Notifications } from './useNotifications.ts';
import './notices.css';

const PERIODS = [7, 30, 90];

export function NoticeList({ all, onLeave }: { all: Notifications; onLeave: () => void }) {
  const { t } = useTranslation('shell');
  const [unreadOnly, setUnreadOnly] = useState(false);
  const shown = unreadOnly ? all.notices.filter((notice) => all.unread.has(notice.key)) : all.notices;
  return (
    <div className="notices">
      <div className="notices-head">
        <h2>{t('notify.title')}</h2>
        <button type="button" aria-pressed={unreadOnly} onClick={() => setUnreadOnly(!unreadOnly)}>{t('notify.onlyUnread')}</button>
        <span className="related-gap" />
        <Button size="small" type="text" icon={<ReloadOutlined />} aria-label={t('common:reload')} onClick={all.refetch} />
        <Button size="small" type="link" disabled={all.unread.size === 0} onClick={() => all.read(all.notices.map((notice) => notice.key))}>{t('notify.readAll')}</Button>
      </div>
      {all.error !== null && <div className="notices-part"><Failure error={all.error} onRetry={all.refetch} /></div>}
      {shown.length === 0 && (all.pending ? <Waiting rows={4} className="notices-part" /> : all.error === null && <p className="notices-none">{t(unreadOnly ? 'notify.noneUnread' : 'notify.none')}</p>)}
      <ul>
        {shown.map((notice) => <Line key={notice.key} notice={notice} all={all} onLeave={onLeave} />)}
      </ul>
    </div>
  );
}

function Line({ notice, all, onLeave }: { notice: Notice; all: Notifications; onLeave: () => void }) {
  const unread = all.unread.has(notice.key);
  const read = () => { if (unread) all.read([notice.key]); };
  return (
    <li className="notice" data-unread={unread || undefined}>
      {notice.kind === 'share' ? <Share request={notice.request} onRead={read} onLeave={onLeave} />
        : notice.kind === 'approval' ? <Approving notice={notice} onRead={read} onLeave={onLeave} />
        : notice.kind === 'due' ? <Due notice={notice} object={all.definitions.get(notice.record.object)} onGo={() => { read(); onLeave(); }} />
          : <Done notice={notice} onGo={() => { read(); onLeave(); }} onRead={read} />}
    </li>
  );
}

function Due({ notice, object, onGo }: { notice: Extract<Notice, { kind: 'due' }>; object?: ObjectDef; onGo: () => void }) {
  const { t } = useTranslation('shell');
  const navigate = useNavigate();
  const icon = useObjects()?.objects.find((entry) => entry.name === notice.record.object)?.icon;
  const { record, view, days } = notice;
  const title = object && fieldOf(object, object.title);
  const about = view.columns.map((column) => record.titles?.[column]).filter((title): title is string => typeof title === 'string' && title !== '');
  const go = () => {
    onGo();
    void navigate({ to: '/app/record/$object/$id', params: { object: record.object, id: record.id } });
  };
  const when = days === 0 ? t('common:date.today') : days < 0 ? t('common:date.daysAgo', { count: -days }) : t('common:date.inDays', { count: days });
  return (
    <Pressed
      icon={<ObjectIcon name={icon} />} detail={[view.label, ...about].join(' · ')} onPress={go}
      title={title ? <Show field={title} value={record.values[title.name]} record={record} plain /> : record.id.slice(0, 8)}
      when={<span className={`due${days < 0 ? ' due-late' : days === 0 ? ' due-today' : ''}`}>{when}</span>}
    />
  );
}

const KINDS = new Set(['import', 'bulk_update', 'bulk_create', 'handover', 'find_duplicates', 'check_measures', 'banding', 'load_samples', 'remove_samples']);

function Done({ notice, onGo, onRead }: { notice: Extract<Notice, { kind: 'job' }>; onGo: () => void; onRead: () => void }) {
  const { t } = useTranslation('shell');
  const navigate = useNavigate();
  const { job } = notice;
  const failed = job.state === 'dead';
  const result = (job.result ?? {}) as { changed?: number; refused?: number };
  const kind = t(`notify.job.${KINDS.has(job.kind) ? job.kind : 'other'}`);
  const detail = failed ? t('notify.jobFailed')
    : typeof result.changed === 'number' ? t('list:bulkDone', { changed: result.changed, refused: result.refused ?? 0 }) : t('notify.jobDone');
  const press = () => {
    if (job.kind !== 'import') {
      onRead();
      return;
    }
    onGo();
    void navigate({ to: '/app/imports' });
  };
  const icon = failed ? <CloseCircleOutlined className="notice-bad" /> : <CheckCircleOutlined className="notice-good" />;
  return <Pressed icon={icon} title={kind} detail={detail} when={<span className="muted">{instantText(notice.at).slice(5)}</span>} onPress={press} />;
}

function Share({ request, onRead, onLeave }: { request: ShareRequest; onRead: () => void; onLeave: () => void }) {
  const { t } = useTranslation('shell');
  const { message } = App.useApp();
  const sentence = useSentence();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [days, setDays] = useState(30);
  const [busy, setBusy] = useState(false);
  const title = useTitles(request.record ? [{ object: request.object, id: request.record }] : []);
  const answer = async (accept: boolean) => {
    setBusy(true);
    try {
      const body = accept ? { until: dayjs().add(days, 'day').toISOString() } : undefined;
      await call(`share-requests/${request.id}/${accept ? 'accept' : 'decline'}`, { method: 'POST', body });
      onRead();
      await queries.invalidateQueries({ queryKey: ['notices', 'shares'] });
      void message.success({ content: t(accept ? 'notify.accepted' : 'notify.declined'), duration: 1.5 });
    } catch (error) {
      void message.error(sentence(error));
      setBusy(false);
    }
  };
  const go = () => {
    if (!request.record) return;
    onLeave();
    void navigate({ to: '/app/record/$object/$id', params: { object: request.object, id: request.record } });
  };
  const name = (request.record && title(request.record)) ?? t('notify.aRecord');
  return (
    <>
      <Pressed
        icon={<ShareAltOutlined />} title={t('notify.share', { who: request.with ?? t('notify.someone'), what: name })} detail={request.reason}
        when={<span className="muted">{instantText(request.asked_at).slice(5)}</span>} onPress={go}
      />
      <div className="notice-acts">
        <Select size="small" value={days} aria-label={t('notify.period')} options={PERIODS.map((count) => ({ value: count, label: t('notify.days', { count }) }))} onChange={setDays} />
        <Button size="small" type="primary" loading={busy} onClick={() => void answer(true)}>{t('notify.accept')}</Button>
        <Button size="small" disabled={busy} onClick={() => void answer(false)}>{t('notify.decline')}</Button>
      </div>
    </>
  );
}
