// Logins of other people: state of credentials, one-time passwords, unlocking, ending sessions.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Alert, App, Button, Drawer, Input, Skeleton, Space, Typography } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useObject, useObjects } from '@/meta/definitions.ts';
import { instantText } from '@/meta/fields/moment.ts';
import { Show } from '@/meta/fields/Show.tsx';
import { plainText } from '@/meta/titles.ts';
import { call } from '@/shared/api/http.ts';
import type { Page, RecordView } from '@/shared/api/types.ts';
import { Failure, useSentence } from '@/shared/ui/Failure.tsx';
import { Tag } from '@/shared/ui/Tag.tsx';
import { usePhone } from '@/shared/ui/useMedia.ts';
import { type SessionLine, SessionList } from './SessionList.tsx';

const HandoverDialog = lazy(() => import('../org/HandoverDialog.tsx'));

interface Credentials {
  user: string;
  login: string;
  active: boolean;
  has_password: boolean;
  must_change: boolean;
  changed_at: string | null;
  failures: number;
  locked_until: string | null;
  second_factor: boolean;
  sessions: SessionLine[];
}

export default function UsersPage() {
  const { t } = useTranslation('admin');
  const [find, setFind] = useState('');
  const [open, setOpen] = useState<RecordView>();
  const name = useObjects()?.objects.find((object) => object.system === 'user')?.name;
  const { data: object } = useObject(name);
  const users = useQuery({
    queryKey: ['admin', 'users', name, find],
    queryFn: ({ signal }) => call<Page>(`records/${name}`, { query: { columns: object?.fields.map((field) => field.name).join(','), search: find, limit: 100, expand: true }, signal }),
    enabled: !!object,
  });
  const columns = (object?.fields ?? []).filter((field) => ['text', 'boolean', 'org_unit', 'select'].includes(field.type) && field.level <= 2).slice(0, 7);
  const title = (row: RecordView) => plainText(row.values[object?.title ?? '']) || row.id;
  return (
    <>
      <div className="admin-head"><h1>{t('users.title')}</h1></div>
      <div className="admin-bar"><Input.Search allowClear style={{ width: 280 }} aria-label={t('users.find')} placeholder={t('users.find')} maxLength={60} onSearch={(text) => setFind(text.trim())} /></div>
      {users.error && <Failure error={users.error} onRetry={() => void users.refetch()} />}
      <div className="panel admin-scroll">
        {!users.data ? <Skeleton active className="list-skeleton" /> : (
          <table className="admin-table admin-stacked">
            <thead><tr><th>{t('users.who')}</th>{columns.filter((field) => field.name !== object?.title).map((field) => <th key={field.name}>{field.label}</th>)}</tr></thead>
            <tbody>
              {users.data.records?.map((row) => (
                <tr key={row.id} className={`pressable${row.id === open?.id ? ' current' : ''}`} onClick={() => setOpen(row)}>
                  <td><button type="button" className="link" onClick={() => setOpen(row)}>{title(row)}</button></td>
                  {columns.filter((field) => field.name !== object?.title).map((field) => <td key={field.name} data-label={field.label}><Show field={field} value={row.values[field.name]} record={row} plain /></td>)}
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {users.data?.records?.length === 0 && <p className="admin-empty">{t('users.none')}</p>}
      </div>
      {users.data?.next && <p className="muted">{t('users.more')}</p>}
      {open && <UserDrawer key={open.id} user={open.id} title={title(open)} onClose={() => setOpen(undefined)} />}
    </>
  );
}

function UserDrawer({ user, title, onClose }: { user: string; title: string; onClose: () => void }) {
  const { t } = useTranslation('admin');
  const { message, modal } = App.useApp();
  const sentence = useSentence();
  const queries = useQueryClient();
  const phone = usePhone();
  const [made, setMade] = useState<string>();
  const [leaving, setLeaving] = useState(false);
  const key = ['admin', 'credentials', user];
  const state = useQuery({ queryKey: key, queryFn: () => call<Credentials>(`users/${user}/credentials`) });
  const act = (question: string, method: 'POST' | 'DELETE', path: string, done?: (answer: { password?: string }) => void) => () => void modal.confirm({
    title: question, okText: t('common:confirm'), cancelText: t('common:cancel'),
    onOk: async () => {
      try {
        const answer = await call<{ password?: string } | undefined>(`users/${user}/${path}`, { method });
        done?.(answer ?? {});
        if (!done) void message.success(t('users.done'));
      } catch (error) {
        void message.error(sentence(error));
      }
      await queries.invalidateQueries({ queryKey: key });
    },
  });
  const data = state.data;
  return (
    <Drawer open onClose={onClose} title={title} size={phone ? '100%' : 560}>
      {state.error && <Failure error={state.error} onRetry={() => void state.refetch()} />}
      {!data && !state.error && <Skeleton active />}
      {data && (
        <div className="stack">
          <dl className="facts">
            <dt>{t('users.login')}</dt><dd>{data.login}</dd>
            <dt>{t('users.active')}</dt><dd><Tag color={data.active ? 'green' : 'gray'}>{t(data.active ? 'common:yes' : 'common:no')}</Tag></dd>
            <dt>{t('users.password')}</dt><dd>{data.has_password ? <>{t('users.changedAt', { at: data.changed_at ? instantText(data.changed_at) : '—' })} {data.must_change && <Tag color="orange">{t('users.mustChange')}</Tag>}</> : t('users.noPassword')}</dd>
            <dt>{t('users.failures')}</dt><dd>{data.failures} {data.locked_until && <Tag color="red">{t('users.lockedUntil', { at: instantText(data.locked_until) })}</Tag>}</dd>
            <dt>{t('users.secondFactor')}</dt><dd><Tag color={data.second_factor ? 'green' : 'gray'}>{t(data.second_factor ? 'users.bound' : 'users.unbound')}</Tag></dd>
          </dl>
          {made && <Alert type="warning" showIcon title={t('users.once')} description={<Typography.Text copyable className="code">{made}</Typography.Text>} />}
          <Space wrap>
            <Button type="primary" onClick={act(t('users.resetAsk', { name: title }), 'POST', 'password', (answer) => setMade(answer.password))}>{t('users.reset')}</Button>
            <Button disabled={!data.locked_until && data.failures === 0} onClick={act(t('users.unlockAsk', { name: title }), 'POST', 'unlock')}>{t('users.unlock')}</Button>
            <Button disabled={data.sessions.length === 0} onClick={act(t('users.endAsk', { name: title }), 'DELETE', 'sessions')}>{t('users.end')}</Button>
            <Button danger disabled={!data.second_factor} onClick={act(t('users.factorAsk', { name: title }), 'DELETE', 'totp')}>{t('users.factor')}</Button>
          </Space>
          <Space wrap>
            <Button onClick={() => setLeaving(true)}>{t('handover.button')}</Button>
            <Link to="/app/admin/$page" params={{ page: 'roles' }} search={{ tab: 'user', user }}>{t('roles.viewAs')}</Link>
          </Space>
          {leaving && <Suspense fallback={null}><HandoverDialog user={user} name={title} onClose={() => setLeaving(false)} /></Suspense>}
          <h2>{t('sessions.of')}</h2>
          <SessionList sessions={data.sessions} />
        </div>
      )}
    </Drawer>
  );
}
