// One parameter through time, and giving it another value from a day on.
import { App, Button, DatePicker, Drawer, Form, Input, Skeleton, Switch } from 'antd';
import dayjs, { type Dayjs } from 'dayjs';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Failure } from '@/shared/ui/Failure.tsx';
import { Tag } from '@/shared/ui/Tag.tsx';
import { usePhone } from '@/shared/ui/useMedia.ts';
import { DraftLink } from '../definitions/DraftLink.tsx';
import { loadFile, saveDraft, useFile, useReread } from '../definitions/files.ts';
import { readToml } from '../definitions/toml.ts';
import { basis, type Dated, minusValue, type Parameter, plusValue, type Value, wrong } from './model.ts';
import { ValueText } from './ValueText.tsx';

interface Props { parameter: Parameter; today: string; path?: string; onClose: () => void }

/** The values as the draft would have them. */
function drafted(text: string): Dated[] {
  const values = readToml(text).values;
  return (Array.isArray(values) ? values : []).flatMap((one) => (typeof one === 'object' && !Array.isArray(one) ? [{ from: String(one.from), value: one.value as Value }] : []));
}

export function ParameterDrawer({ parameter, today, path, onClose }: Props) {
  const { t, i18n } = useTranslation('admin');
  const note = basis(parameter.note, i18n.language === 'en', t('parameters.byDefault'));
  const phone = usePhone();
  const file = useFile(path);
  const draft = file.data?.draft ?? null;
  const now = parameter.values.filter((dated) => dated.from <= today).at(-1);
  const waiting = draft ? drafted(draft).filter((dated) => !parameter.values.some((known) => known.from === dated.from && same(known.value, dated.value))) : [];
  const gone = draft ? parameter.values.filter((known) => !drafted(draft).some((dated) => dated.from === known.from)) : [];
  const lines = [...parameter.values.map((dated) => ({ ...dated, fresh: false })), ...waiting.map((dated) => ({ ...dated, fresh: true }))].sort((a, b) => b.from.localeCompare(a.from));
  return (
    <Drawer open onClose={onClose} title={parameter.label} size={phone ? '100%' : 560}>
      <div className="stack">
        {note && <p className="muted">{t('parameters.note')}：{note}</p>}
        <p className="muted code">{parameter.name}{path ? ` · ${path}` : ''}</p>
        <div className="panel">
          <table className="admin-table">
            <thead><tr><th>{t('parameters.from')}</th><th>{t('parameters.value')}</th><th><span className="sr-only">{t('jobs.state')}</span></th></tr></thead>
            <tbody>
              {lines.map((dated) => (
                <tr key={`${dated.from}${dated.fresh}`} className={dated.from === now?.from && !dated.fresh ? 'current' : undefined}>
                  <td className="nowrap tabular">{dated.from}</td>
                  <td><ValueText value={dated.value} /></td>
                  <td className="nowrap">
                    {dated.fresh ? <Tag color="orange">{t('definitions.draftMark')}</Tag> : dated.from === now?.from ? <Tag color="green">{t('definitions.inForce')}</Tag> : dated.from > today ? <Tag color="purple">{t('parameters.future')}</Tag> : null}
                    {gone.some((one) => one.from === dated.from) && <Tag color="red">{t('definitions.removed')}</Tag>}
                    {path && dated.from > today && !gone.some((one) => one.from === dated.from) && <TakeBack path={path} from={dated.from} />}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {draft !== null && <DraftLink />}
        {path && (file.isPending ? <Skeleton active /> : file.error ? <Failure error={file.error} onRetry={() => void file.refetch()} /> : <AddValue parameter={parameter} today={today} path={path} />)}
        {!path && <p className="muted">{t('parameters.readOnly')}</p>}
      </div>
    </Drawer>
  );
}

const same = (a: Value, b: Value) => JSON.stringify(a) === JSON.stringify(b) || String(a) === String(b);

async function textOf(path: string): Promise<string> {
  const file = await loadFile(path);
  return file.draft ?? file.text ?? '';
}

function TakeBack({ path, from }: { path: string; from: string }) {
  const { t } = useTranslation('admin');
  const { message } = App.useApp();
  const reread = useReread();
  const take = async () => {
    await saveDraft(path, minusValue(await textOf(path), from));
    await reread();
    void message.success(t('definitions.written'));
  };
  return <Button size="small" type="link" danger onClick={() => void take()}>{t('parameters.takeBack')}</Button>;
}

interface Values { from: Dayjs; value?: string; flag?: boolean }

function AddValue({ parameter, today, path }: { parameter: Parameter; today: string; path: string }) {
  const { t } = useTranslation('admin');
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const reread = useReread();
  const { type } = parameter;
  const from = Form.useWatch('from', form);
  const back = from !== undefined && from !== null && from.format('YYYY-MM-DD') < today;
  const save = async (values: Values) => {
    setBusy(true);
    setError(null);
    try {
      const typed = type === 'bool' ? String(values.flag ?? false) : (values.value ?? '');
      await saveDraft(path, plusValue(await textOf(path), type, values.from.format('YYYY-MM-DD'), typed));
      await reread();
      void message.success(t('definitions.written'));
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const start = Array.isArray(parameter.value) ? parameter.value.join('\n') : typeof parameter.value === 'string' ? parameter.value : '';
  return (
    <Form form={form} layout="vertical" requiredMark onFinish={(values) => void save(values)} initialValues={{ from: dayjs(today).add(1, 'day'), value: start, flag: parameter.value === true }}>
      <h2>{t('parameters.add')}</h2>
      <div className="form-pair">
        <Form.Item name="from" label={t('parameters.from')} rules={[{ required: true, message: t('common:required') }]} extra={back ? <span className="warn">{t('parameters.backHint')}</span> : undefined}><DatePicker allowClear={false} style={{ width: '100%' }} /></Form.Item>
        {type === 'bool'
          ? <Form.Item name="flag" label={t('parameters.value')} valuePropName="checked"><Switch checkedChildren={t('common:yes')} unCheckedChildren={t('common:no')} /></Form.Item>
          : (
            <Form.Item
              name="value" label={t('parameters.value')} extra={type === 'texts' ? t('parameters.textsHint') : type === 'date' ? 'YYYY-MM-DD' : undefined}
              rules={[{ required: true, validator: (_, typed?: string) => { const what = wrong(type, typed ?? ''); return what ? Promise.reject(new Error(t(`parameters.wrong.${what}`))) : Promise.resolve(); } }]}
            >
              {type === 'texts' ? <Input.TextArea rows={6} /> : <Input maxLength={500} inputMode={type === 'number' ? 'decimal' : undefined} />}
            </Form.Item>
          )}
      </div>
      {error !== null && <Failure error={error} />}
      <Button type="primary" htmlType="submit" loading={busy}>{t('definitions.toDraft')}</Button>
    </Form>
  );
}
