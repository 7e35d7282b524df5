// One's own sessions, and ending all but this one.
import { useQuery } from '@tanstack/react-query';
import { App, Button, Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '@/shared/api/http.ts';
import { Failure, useSentence } from '@/shared/ui/Failure.tsx';
import { type SessionLine, SessionList } from './SessionList.tsx';

export default function SessionsPage() {
  const { t } = useTranslation('admin');
  const { message } = App.useApp();
  const sentence = useSentence();
  const own = useQuery({ queryKey: ['admin', 'sessions'], queryFn: () => call<{ sessions: SessionLine[] }>('session/all') });
  const end = async () => {
    try {
      await call('session/all', { method: 'DELETE' });
      void message.success(t('users.done'));
    } catch (error) {
      void message.error(sentence(error));
    }
    await own.refetch();
  };
  return (
    <>
      <div className="admin-head"><h1>{t('sessions.title')}</h1><Button danger disabled={(own.data?.sessions.length ?? 0) < 2} onClick={() => void end()}>{t('sessions.endOthers')}</Button></div>
      {own.error && <Failure error={own.error} onRetry={() => void own.refetch()} />}
      {own.data ? <SessionList sessions={own.data.sessions} /> : <Skeleton active />}
    </>
  );
}
