// One's own account: the password, the second factor, and where one is signed in.
import { useQuery } from '@tanstack/react-query';
import { App, Button, Modal, Skeleton } from 'antd';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { instantText } from '@/meta/fields/moment.ts';
import { PasswordForm } from '@/shared/account/PasswordForm.tsx';
import { TotpForm } from '@/shared/account/TotpForm.tsx';
import { call } from '@/shared/api/http.ts';
import { Failure, useSentence } from '@/shared/ui/Failure.tsx';
import { Tag } from '@/shared/ui/Tag.tsx';
import { type SessionLine, SessionList } from '../users/SessionList.tsx';
import { Unbind } from './Unbind.tsx';

interface Own { changed_at: string | null; second_factor: boolean; sessions: SessionLine[] }
type Doing = 'password' | 'bind' | 'unbind';

export default function AccountPage() {
  const { t } = useTranslation('admin');
  const { message } = App.useApp();
  const sentence = useSentence();
  const [doing, setDoing] = useState<Doing>();
  const own = useQuery({ queryKey: ['admin', 'account'], queryFn: () => call<Own>('session/all') });
  const done = async (text: string) => {
    setDoing(undefined);
    void message.success(text);
    await own.refetch();
  };
  const end = async () => {
    try {
      await call('session/all', { method: 'DELETE' });
      await done(t('users.done'));
    } catch (error) {
      void message.error(sentence(error));
    }
  };
  if (own.error) return <Failure error={own.error} onRetry={() => void own.refetch()} />;
  if (!own.data) return <Skeleton active />;
  const { changed_at: changed, second_factor: bound, sessions } = own.data;
  return (
    <>
      <div className="admin-head"><h1>{t('account.title')}</h1></div>
      <div className="panel account-lines">
        <Line label={t('users.password')} action={<Button onClick={() => setDoing('password')}>{t('account.change')}</Button>}>
          {changed ? t('users.changedAt', { at: instantText(changed) }) : t('users.noPassword')}
        </Line>
        <Line label={t('account.factor')} action={<Button onClick={() => setDoing(bound ? 'unbind' : 'bind')}>{t(bound ? 'users.factor' : 'account.bind')}</Button>}>
          <Tag color={bound ? 'green' : 'gray'}>{t(bound ? 'users.bound' : 'users.unbound')}</Tag> <span className="muted">{t('account.factorHint')}</span>
        </Line>
      </div>
      <div className="admin-head"><h2 className="grow">{t('sessions.title')}</h2><Button danger disabled={sessions.length < 2} onClick={() => void end()}>{t('sessions.endOthers')}</Button></div>
      <SessionList sessions={sessions} />
      <Modal open={doing !== undefined} footer={null} destroyOnHidden width={400} title={doing && t(`account.do.${doing}`)} onCancel={() => setDoing(undefined)}>
        {doing === 'password' && <><p className="plain-note">{t('account.changeHint')}</p><PasswordForm onDone={() => done(t('account.changed'))} /></>}
        {doing === 'bind' && <><p className="plain-note">{t('account.bindHint')}</p><TotpForm onDone={() => done(t('account.nowBound'))} /></>}
        {doing === 'unbind' && <><p className="plain-note">{t('account.unbindHint')}</p><Unbind onDone={() => done(t('account.nowUnbound'))} /></>}
      </Modal>
    </>
  );
}

function Line({ label, action, children }: { label: string; action: ReactNode; children: ReactNode }) {
  return <div className="account-line"><b>{label}</b><span className="grow">{children}</span>{action}</div>;
}
