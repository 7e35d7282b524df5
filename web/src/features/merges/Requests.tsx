// Requests to see a record: those one answers, with until when, and those one asked.
import { Link } from '@tanstack/react-router';
import { App, Button, Popover } from 'antd';
import dayjs from 'dayjs';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useObjects } from '@/meta/definitions.ts';
import { instantOf, instantText, today } from '@/meta/fields/moment.ts';
import { call } from '@/shared/api/http.ts';
import { DayInput } from '@/shared/ui/DayInput.tsx';
import { Failure, useSentence } from '@/shared/ui/Failure.tsx';
import { Tag } from '@/shared/ui/Tag.tsx';
import { type ShareRequest, useRefreshAll, useRequests } from './useMerges.ts';
import { Waiting } from './Waiting.tsx';

const COLORS = { open: 'orange', accepted: 'green', declined: 'gray' } as const;
const USUAL_DAYS = 90;

function after(days: number): string {
  return dayjs(today()).add(days, 'day').format('YYYY-MM-DD');
}

export function Requests() {
  return <div className="merge-requests"><Box box="to_answer" /><Box box="asked" /></div>;
}

function Box({ box }: { box: 'to_answer' | 'asked' }) {
  const { t } = useTranslation('merge');
  const found = useRequests(box);
  return (
    <section className="panel merge-box">
      <h2>{t(box === 'asked' ? 'mine' : 'toAnswer')}</h2>
      {found.error && <Failure error={found.error} onRetry={() => void found.refetch()} />}
      {found.isPending && !found.error && <Waiting />}
      {found.data?.requests.length === 0 && <p className="muted">{t('requestNone')}</p>}
      <ul>{found.data?.requests.map((request) => <Request key={request.id} request={request} box={box} />)}</ul>
    </section>
  );
}

function Request({ request, box }: { request: ShareRequest; box: 'to_answer' | 'asked' }) {
  const { t } = useTranslation('merge');
  const label = useObjects()?.objects.find((object) => object.name === request.object)?.label ?? request.object;
  return (
    <li>
      <div>
        <b>{t(box === 'asked' ? 'wantedOf' : 'wants', { who: request.with ?? '—' })}</b>{' '}
        {request.record ? <Link to="/app/record/$object/$id" params={{ object: request.object, id: request.record }} preload={false}>{label}</Link> : label}
        <p>{request.reason}</p>
        <small className="muted tabular">{instantText(request.asked_at)}</small>
      </div>
      {box === 'to_answer' && request.state === 'open' ? <Answer request={request} /> : <Tag color={COLORS[request.state]}>{t(`states.${request.state}`)}</Tag>}
    </li>
  );
}

function Answer({ request: { id, may_accept } }: { request: ShareRequest }) {
  const { t } = useTranslation('merge');
  const { message } = App.useApp();
  const sentence = useSentence();
  const refresh = useRefreshAll();
  const [until, setUntil] = useState<string | undefined>(() => after(USUAL_DAYS));
  const answer = async (deed: 'accept' | 'decline') => {
    try {
      const body = deed === 'accept' ? { until: instantOf(`${until} 23:59`) } : {};
      await call(`share-requests/${id}/${deed}`, { method: 'POST', body });
      refresh();
    } catch (error) {
      void message.error(sentence(error));
    }
  };
  const content = (
    <div className="merge-ask">
      <label htmlFor={`until-${id}`}>{t('acceptUntil')}</label>
      <DayInput id={`until-${id}`} value={until} least={after(1)} onChange={setUntil} />
      <Button type="primary" disabled={!until} onClick={() => void answer('accept')}>{t('accept')}</Button>
    </div>
  );
  return (
    <span className="merge-do">
      {may_accept
        ? <Popover trigger="click" content={content} destroyOnHidden><Button size="small" type="primary" ghost>{t('accept')}</Button></Popover>
        : <small className="muted">{t('mayNotShare')}</small>}
      <Button size="small" onClick={() => void answer('decline')}>{t('decline')}</Button>
    </span>
  );
}
