// Answering a request of the person that data is about: everything held is gathered for them, or
// erased as far as the law lets it. Asked for once more where nothing leads back.
import { SendOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '@/shared/api/http.ts';
import type { Job, ObjectDef, RecordView } from '@/shared/api/types.ts';
import { useSentence } from '@/shared/ui/Failure.tsx';
import { answerOf } from './answers.ts';
import { useRefresh } from './useRecord.ts';

const PULSE = 1000;

export default function Answer({ object, record }: { object: ObjectDef; record: RecordView }) {
  const { t } = useTranslation('record');
  const { modal, message } = App.useApp();
  const sentence = useSentence();
  const refresh = useRefresh();
  const [job, setJob] = useState<string | null>(null);
  const [sending, setSending] = useState(false);
  const running = useQuery({
    queryKey: ['job', job], queryFn: ({ signal }) => call<Job>(`jobs/${job}`, { signal }), enabled: !!job, staleTime: 0,
    refetchInterval: (query) => (query.state.data && !['ready', 'running'].includes(query.state.data.state) ? false : PULSE),
  });
  const state = running.data?.state;
  useEffect(() => {
    if (!job || !state || state === 'ready' || state === 'running') return;
    setJob(null);
    refresh();
    if (state === 'done') void message.success({ content: t('answer.done'), duration: 2 });
    else void message.error(t('answer.failed'));
  }, [job, state, refresh, message, t]);
  const kind = answerOf(object, record);
  if (!kind && !job) return null;
  const send = async () => {
    setSending(true);
    try {
      setJob((await call<{ job: string }>(`records/${object.name}/${record.id}/answer`, { method: 'POST', body: {} })).job);
    } catch (error) {
      void message.error({ content: sentence(error), duration: 8 });
    } finally {
      setSending(false);
    }
  };
  const ask = () => void modal.confirm({
    title: t(`answer.${kind}.title`), content: t(`answer.${kind}.text`), okText: t(`answer.${kind}.go`), okButtonProps: { danger: kind === 'erase' }, cancelText: t('common:cancel'),
    onOk: send,
  });
  return <Button type="primary" icon={<SendOutlined />} loading={sending || job !== null} onClick={ask}>{job ? t('answer.running') : t('answer.title')}</Button>;
}
