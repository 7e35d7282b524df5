// One grant as a form; saving writes it into the draft of the role's file, to be published with
// other changes.
import { useNavigate } from '@tanstack/react-router';
import { App, Button, Checkbox, Form, Input, Modal, Select, Skeleton, Space } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Failure } from '@/shared/ui/Failure.tsx';
import { useStored } from '@/shared/ui/stored.ts';
import { NAME } from '../definitions/addField.ts';
import { packsOf, saveDraft, useFiles, useReread, useTexts } from '../definitions/files.ts';
import { newPack } from '../definitions/ownPack.ts';
import { type Grant, type Placed, plusGrant, roleOf, withGrant } from './grantFile.ts';
import { ACCESSES, type Access, ACTIONS, isWord, ROWS, type SightObject } from './model.ts';

interface Props { role: string; object: SightObject; placed?: Placed; onClose: () => void }
interface Values { actions: string[]; scope: string; expression?: string; when?: string; default: Access; fields: Record<string, Access | ''>; pack: string }

export default function GrantEditor({ role, object, placed: chosen, onClose }: Props) {
  const { t } = useTranslation('admin');
  const { message } = App.useApp();
  const navigate = useNavigate();
  const reread = useReread();
  const files = useFiles().data;
  const texts = useTexts('/roles/');
  const [pack, setPack] = useStored('admin.pack', 'own');
  const [form] = Form.useForm<Values>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const scope = Form.useWatch('scope', form);
  const drafted = (path: string | undefined) => !!path && (files?.draft.includes(path) ?? false);
  useEffect(() => {
    const grant: Grant = chosen?.grant ?? { object: object.name, actions: ['read'], rows: 'own', when: '', default: 'read', fields: {} };
    form.setFieldsValue({
      actions: grant.actions, scope: isWord(grant.rows) ? grant.rows : 'when', expression: isWord(grant.rows) ? '' : grant.rows, when: grant.when, default: grant.default, pack,
      fields: Object.fromEntries(object.fields.map((field) => [field.name, grant.fields[field.name] ?? ''])),
    });
  }, [chosen, form, object, pack]);
  const run = async (work: () => Promise<void>) => {
    setBusy(true);
    setError(null);
    try {
      await work();
      await reread();
      const key = 'grant';
      void message.success({ key, content: <>{t('definitions.written')} <Button type="link" size="small" onClick={() => { message.destroy(key); void navigate({ to: '/app/admin/$page', params: { page: 'definitions' }, search: { tab: 'draft' } }); }}>{t('roles.toDraft')}</Button></>, duration: 8 });
      onClose();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const save = (values: Values) => run(async () => {
    const grant: Grant = {
      object: object.name, actions: ACTIONS.filter((action) => values.actions.includes(action)), rows: values.scope === 'when' ? (values.expression ?? '').trim() : values.scope, when: values.when ?? '', default: values.default,
      fields: Object.fromEntries(Object.entries(values.fields).filter((entry): entry is [string, Access] => entry[1] !== '')),
    };
    if (chosen) {
      await saveDraft(chosen.path, withGrant(texts.data?.[chosen.path] ?? '', chosen.index, grant));
      return;
    }
    setPack(values.pack);
    const head = newPack(values.pack, packsOf(files));
    if (head) await saveDraft(head.path, head.text);
    const all = Object.entries(texts.data ?? {});
    const path = all.find(([one, text]) => one.startsWith(`${values.pack}/`) && roleOf(one, text) === role)?.[0] ?? `${values.pack}/roles/${role}_${values.pack}.toml`;
    await saveDraft(path, plusGrant(texts.data?.[path], role, grant));
  });
  const remove = () => run(async () => {
    if (chosen) await saveDraft(chosen.path, withGrant(texts.data?.[chosen.path] ?? '', chosen.index, null));
  });
  return (
    <Modal open title={`${object.label} · ${t(chosen ? 'roles.editGrant' : 'roles.addGrant')}`} onCancel={onClose} width={720} mask={{ closable: false }} styles={{ body: { maxHeight: 'calc(100vh - 260px)', overflowY: 'auto' } }} footer={(
      <Space>
        {chosen && <Button danger disabled={busy} onClick={() => void remove()}>{t('roles.removeGrant')}</Button>}
        <Button onClick={onClose}>{t('common:cancel')}</Button>
        <Button type="primary" loading={busy} disabled={!texts.data} onClick={() => form.submit()}>{t('definitions.toDraft')}</Button>
      </Space>
    )}>
      {texts.error && <Failure error={texts.error} onRetry={() => void texts.refetch()} />}
      {texts.isPending && <Skeleton active />}
      <Form form={form} layout="vertical" requiredMark onFinish={(values) => void save(values)} hidden={!texts.data}>
        {chosen && <p className="muted code">{chosen.path}{drafted(chosen.path) ? ` · ${t('definitions.draftMark')}` : ''}</p>}
        <Form.Item name="actions" label={t('roles.actions')} rules={[{ validator: (_, some?: string[]) => (some?.length ? Promise.resolve() : Promise.reject(new Error(t('common:required')))) }]}>
          <Checkbox.Group options={ACTIONS.map((action) => ({ value: action, label: t(`roles.action.${action}`) }))} />
        </Form.Item>
        <div className="form-pair">
          <Form.Item name="scope" label={t('roles.scope')}><Select options={[...ROWS, 'when'].map((rows) => ({ value: rows, label: t(`roles.rows.${rows}`) }))} /></Form.Item>
          <Form.Item name="default" label={t('roles.default')}><Select options={ACCESSES.map((access) => ({ value: access, label: t(`roles.access.${access}`) }))} /></Form.Item>
        </div>
        {scope === 'when' && <Form.Item name="expression" label={t('roles.expression')} rules={[{ required: true, message: t('common:required') }]}><Input.TextArea rows={2} className="code" maxLength={2000} /></Form.Item>}
        <Form.Item name="when" label={t('roles.further')}><Input.TextArea rows={2} className="code" maxLength={2000} placeholder={t('common:optional')} /></Form.Item>
        {!chosen && <Form.Item name="pack" label={t('definitions.ownPack')} rules={[{ required: true, message: t('common:required') }, { pattern: NAME, message: t('definitions.nameRule') }]}><Input maxLength={48} className="code" /></Form.Item>}
        <h3>{t('roles.named')}</h3>
        <div className="grant-fields">
          {object.fields.map((field) => (
            <Form.Item key={field.name} name={['fields', field.name]} label={field.label} layout="horizontal">
              <Select size="small" options={[{ value: '', label: t('roles.asDefault') }, ...ACCESSES.map((access) => ({ value: access, label: t(`roles.access.${access}`) }))]} />
            </Form.Item>
          ))}
        </div>
        {error !== null && <Failure error={error} />}
      </Form>
    </Modal>
  );
}
