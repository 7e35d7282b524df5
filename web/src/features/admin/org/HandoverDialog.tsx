// Handing a leaver's records to another user: what there is, who takes it, and how far it is.
import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Checkbox, Form, Input, Modal, Skeleton } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { grouped } from '@/meta/fields/amount.ts';
import { RecordSelect } from '@/meta/fields/edit/RecordSelect.tsx';
import { call } from '@/shared/api/http.ts';
import type { Job } from '@/shared/api/types.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { Followed } from '../jobs/Followed.tsx';
import { useLabels } from '../labels.ts';
import { USER_FIELD } from '../userField.ts';
import { outcomeOf } from './outcome.ts';

interface Props { user: string; name: string; onClose: () => void }
interface Found { objects: Record<string, number>; total: number }
interface Values { to: string; objects?: string[]; with_unit?: boolean; reason: string }

export default function HandoverDialog({ user, name, onClose }: Props) {
  const { t } = useTranslation('admin');
  const labels = useLabels();
  const [form] = Form.useForm<Values>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [job, setJob] = useState<string>();
  const found = useQuery({ queryKey: ['admin', 'handover', user], queryFn: () => call<Found>(`users/${user}/handover`), enabled: !job });
  const chosen = Form.useWatch('objects', form);
  const counts = Object.entries(found.data?.objects ?? {}).sort(([, a], [, b]) => b - a);
  const total = counts.filter(([object]) => !chosen || chosen.length === 0 || chosen.includes(object)).reduce((sum, [, rows]) => sum + rows, 0);
  const start = async (values: Values) => {
    setBusy(true);
    setError(null);
    try {
      const body = { to_user: values.to, objects: values.objects ?? [], with_unit: values.with_unit ?? false, reason: values.reason.trim() };
      setJob((await call<{ job: string }>(`users/${user}/handover`, { method: 'POST', body })).job);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const required = { required: true, message: t('common:required') };
  return (
    <Modal
      open title={t('handover.title', { name })} onCancel={onClose} mask={{ closable: false }} width={560}
      footer={job ? <Button type="primary" onClick={onClose}>{t('common:close')}</Button> : <><Button onClick={onClose}>{t(found.data?.total === 0 ? 'common:close' : 'common:cancel')}</Button>{found.data?.total !== 0 && <Button type="primary" danger loading={busy} disabled={!found.data} onClick={() => form.submit()}>{t('handover.start', { count: total })}</Button>}</>}
    >
      {job ? <Followed id={job} outcome={HandedOver} /> : (
        <div className="stack">
          {found.error && <Failure error={found.error} onRetry={() => void found.refetch()} />}
          {found.isPending && <Skeleton active />}
          {found.data?.total === 0 && <Alert type="info" showIcon title={t('handover.nothing')} />}
          {found.data && found.data.total > 0 && (
            <Form form={form} layout="vertical" requiredMark onFinish={(values) => void start(values)}>
              <Form.Item name="objects" label={t('handover.what')} extra={t('handover.whatHint')}>
                <Checkbox.Group className="handover-objects" options={counts.map(([object, rows]) => ({ value: object, label: `${labels.of(object)} ${grouped(String(rows))}` }))} />
              </Form.Item>
              <Form.Item name="to" label={t('handover.to')} rules={[required, { validator: (_, to) => (to === user ? Promise.reject(new Error(t('handover.other'))) : Promise.resolve()) }]}><Receiver /></Form.Item>
              <Form.Item name="with_unit" valuePropName="checked"><Checkbox>{t('handover.withUnit')}</Checkbox></Form.Item>
              <Form.Item name="reason" label={t('audit.reason')} rules={[required, { min: 2, message: t('handover.reasonShort') }]}><Input maxLength={500} /></Form.Item>
              {error !== null && <Failure error={error} />}
            </Form>
          )}
        </div>
      )}
    </Modal>
  );
}

function Receiver({ value, onChange, id }: { value?: string; onChange?: (value: string | undefined) => void; id?: string }) {
  return <RecordSelect id={id} field={USER_FIELD} value={value ?? null} onChange={(next) => onChange?.(typeof next === 'string' ? next : undefined)} />;
}

function HandedOver({ job }: { job: Job }) {
  const { t } = useTranslation('admin');
  const outcome = outcomeOf(job.result);
  return outcome && <Alert type={outcome.refused > 0 || outcome.unplaced > 0 ? 'warning' : 'success'} showIcon title={t('handover.done', { ...outcome })} />;
}
