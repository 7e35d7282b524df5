// Making a key: for whom, for what, from where, until when. The secret is shown this once.
import { CopyOutlined, DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Alert, App, Button, DatePicker, Form, Input, Modal, Select } from 'antd';
import type { Dayjs } from 'dayjs';
import dayjs from 'dayjs';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { RecordSelect } from '@/meta/fields/edit/RecordSelect.tsx';
import { call } from '@/shared/api/http.ts';
import { isProblem } from '@/shared/api/problem.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { useLabels } from '../labels.ts';
import { ACTIONS } from '../roles/model.ts';
import { USER_FIELD } from '../userField.ts';
import { type ApiKey, isNetwork, networksOf, scopeTexts, type ScopeLine } from './model.ts';

interface Props { onMade: () => void; onClose: () => void }
interface Values { user: string; label: string; scopes: ScopeLine[]; networks?: string; expires?: Dayjs | null }

export default function NewKey({ onMade, onClose }: Props) {
  const { t } = useTranslation('admin');
  const labels = useLabels();
  const [form] = Form.useForm<Values>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [made, setMade] = useState<ApiKey & { secret: string }>();
  const required = [{ required: true, message: t('common:required') }];
  const save = async (values: Values) => {
    setBusy(true);
    setError(null);
    try {
      const body = {
        user: values.user, label: values.label.trim(), scopes: scopeTexts(values.scopes), networks: networksOf(values.networks ?? ''),
        expires_at: values.expires ? values.expires.endOf('day').toISOString() : null,
      };
      setMade(await call('api-keys', { method: 'POST', body }));
      onMade();
    } catch (failure) {
      setError(failure);
      if (isProblem(failure, 'invalid')) form.setFields(failure.violations.flatMap((violation) => (['user', 'label', 'networks'] as const).filter((name) => name === violation.field).map((name) => ({ name, errors: [violation.message] }))));
    } finally {
      setBusy(false);
    }
  };
  if (made) return <Secret made={made} onClose={onClose} />;
  return (
    <Modal open title={t('keys.create')} onCancel={onClose} onOk={() => form.submit()} okText={t('keys.create')} confirmLoading={busy} width={680} mask={{ closable: false }}>
      <Form form={form} layout="vertical" requiredMark onFinish={(values) => void save(values)} initialValues={{ scopes: [{ object: undefined, actions: ['read'] }], expires: dayjs().add(1, 'year') }}>
        <div className="form-pair">
          <Form.Item name="label" label={t('keys.label')} rules={required} extra={t('keys.labelHint')}><Input maxLength={100} autoFocus /></Form.Item>
          <Form.Item name="user" label={t('keys.user')} rules={required} extra={t('keys.userHint')}><UserSelect /></Form.Item>
        </div>
        <Form.List name="scopes">
          {(lines, { add, remove }) => (
            <fieldset className="scopes">
              <legend>{t('keys.scopes')}</legend>
              {lines.map((line) => (
                <div key={line.key} className="scope-line">
                  <Form.Item name={[line.name, 'object']} rules={required} noStyle>
                    <Select aria-label={t('audit.object')} placeholder={t('audit.object')} showSearch={{ optionFilterProp: 'label' }} options={[{ value: '*', label: t('keys.every') }, ...labels.objects.filter((object) => !object.retired).map((object) => ({ value: object.name, label: object.label }))]} />
                  </Form.Item>
                  <Form.Item name={[line.name, 'actions']} rules={required} noStyle>
                    <Select mode="multiple" aria-label={t('roles.actions')} placeholder={t('roles.actions')} options={ACTIONS.map((action) => ({ value: action, label: t(`roles.action.${action}`) }))} />
                  </Form.Item>
                  <Button icon={<DeleteOutlined />} aria-label={t('common:delete')} disabled={lines.length === 1} onClick={() => remove(line.name)} />
                </div>
              ))}
              <Button type="dashed" icon={<PlusOutlined />} onClick={() => add({ actions: ['read'] })}>{t('keys.addScope')}</Button>
            </fieldset>
          )}
        </Form.List>
        <div className="form-pair">
          <Form.Item
            name="networks" label={t('keys.networks')} extra={t('keys.networksHint')}
            rules={[{ validator: (_, text?: string) => { const bad = networksOf(text ?? '').find((one) => !isNetwork(one)); return bad ? Promise.reject(new Error(t('keys.badNetwork', { text: bad }))) : Promise.resolve(); } }]}
          ><Input.TextArea rows={3} className="code" placeholder="10.0.0.0/8" /></Form.Item>
          <Form.Item name="expires" label={t('keys.expires')} extra={t('keys.expiresHint')}><DatePicker style={{ width: '100%' }} disabledDate={(day) => day.isBefore(dayjs(), 'day')} /></Form.Item>
        </div>
        {error !== null && <Failure error={error} />}
      </Form>
    </Modal>
  );
}

function UserSelect({ value, onChange, id }: { value?: string; onChange?: (value: string | undefined) => void; id?: string }) {
  return <RecordSelect id={id} field={USER_FIELD} value={value ?? null} onChange={(next) => onChange?.(typeof next === 'string' ? next : undefined)} />;
}

function Secret({ made, onClose }: { made: ApiKey & { secret: string }; onClose: () => void }) {
  const { t } = useTranslation('admin');
  const { message } = App.useApp();
  const copy = async () => {
    await navigator.clipboard.writeText(made.secret);
    void message.success(t('common:error.copied'));
  };
  return (
    <Modal open title={t('keys.made', { label: made.label })} onCancel={onClose} mask={{ closable: false }} footer={<Button type="primary" onClick={onClose}>{t('keys.kept')}</Button>}>
      <div className="stack">
        <Alert type="warning" showIcon title={t('keys.once')} />
        <div className="secret"><code className="code" data-testid="secret">{made.secret}</code><Button icon={<CopyOutlined />} onClick={() => void copy().catch(() => message.error(t('keys.copyBySelf')))}>{t('common:copy')}</Button></div>
        <pre className="code">{`curl -H "Authorization: Bearer ${made.secret.slice(0, 6)}…" ${document.baseURI}api/v1/me`}</pre>
      </div>
    </Modal>
  );
}
