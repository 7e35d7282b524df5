// A small form that writes the TOML of a new field into the draft.
import { App, Checkbox, Form, Input, InputNumber, Modal, Select } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { language } from '@/shared/i18n/index.ts';
import { useStored } from '@/shared/ui/stored.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { addField, NAME, nameOf, type NewField, placeOf, SIMPLE_TYPES } from './addField.ts';
import { packsOf, saveDraft, useFiles, useReread, useTexts } from './files.ts';
import { layoutsOf } from './layout.ts';
import { objectsOf, type ObjectShape, wordOf } from './shapes.ts';

interface Props { object: ObjectShape; onClose: (path?: string) => void }
type Values = Omit<NewField, 'object'>;

export default function AddField({ object, onClose }: Props) {
  const { t } = useTranslation('admin');
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const [pack, setPack] = useStored('admin.pack', 'own');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const files = useFiles().data;
  const texts = useTexts('/objects/').data;
  const layouts = useTexts('/layouts/').data;
  const reread = useReread();
  const type = Form.useWatch('type', form) ?? 'text';
  const options = Form.useWatch('options', form);
  const paths = useMemo(() => new Set([...(files?.files ?? []), ...(files?.draft ?? [])]), [files]);
  const choices = useChoices(texts, paths);
  const places = usePlaces(layouts, object.name);
  const taken = new Set(object.fields.map((field) => field.name));
  const save = async (values: Values) => {
    setBusy(true);
    setError(null);
    try {
      const made = addField({ ...values, object: object.name }, (path) => texts?.[path] ?? layouts?.[path] ?? (paths.has(path) ? '' : undefined), packsOf(files));
      for (const file of made) await saveDraft(file.path, file.text);
      setPack(values.pack);
      await reread();
      void message.success(t('definitions.written'));
      onClose(made.at(-1)?.path);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  /** The identifier follows the English name until it is typed itself. */
  const follow = (changed: Partial<Values>) => {
    if (changed.en !== undefined && !form.isFieldTouched('name')) form.setFieldValue('name', nameOf(changed.en));
  };
  const named = { pattern: NAME, message: t('definitions.nameRule') };
  return (
    <Modal open title={t('definitions.addTo', { label: wordOf(object.label, language()) })} onCancel={() => onClose()} onOk={() => form.submit()} okText={t('definitions.toDraft')} confirmLoading={busy} okButtonProps={{ disabled: !texts || !layouts }} width={560} mask={{ closable: false }}>
      <Form form={form} layout="vertical" requiredMark onFinish={(values) => void save(values)} onValuesChange={follow} initialValues={{ pack, type: 'text', required: false, unique: false, history: false, level: 2, scale: 2, currency: 'CNY' }}>
        <div className="form-pair">
          <Form.Item name="zh" label={t('definitions.zh')} rules={[{ required: true, message: t('common:required') }]}><Input maxLength={50} autoFocus /></Form.Item>
          <Form.Item name="en" label={t('definitions.en')} rules={[{ required: true, message: t('common:required') }]}><Input maxLength={50} /></Form.Item>
          <Form.Item name="name" label={t('definitions.name')} rules={[{ required: true, message: t('common:required') }, named, { validator: (_, value: string) => (taken.has(value) ? Promise.reject(new Error(t('definitions.taken'))) : Promise.resolve()) }]}><Input maxLength={48} className="code" /></Form.Item>
          <Form.Item name="type" label={t('definitions.type')}><Select showSearch={{ optionFilterProp: 'label' }} options={SIMPLE_TYPES.map((one) => ({ value: one, label: t(`types.${one}`) }))} /></Form.Item>
          {(type === 'text' || type === 'long_text') && <Form.Item name="max" label={t('definitions.max')}><InputNumber min={1} max={10000} style={{ width: '100%' }} placeholder={type === 'text' ? '100' : '2000'} /></Form.Item>}
          {(type === 'number' || type === 'percent' || type === 'money') && <Form.Item name="scale" label={t('definitions.scale')}><InputNumber min={0} max={8} style={{ width: '100%' }} /></Form.Item>}
          {type === 'money' && <Form.Item name="currency" label={t('definitions.currency')} rules={[{ pattern: /^[A-Z]{3}$/, message: 'CNY' }]}><Input maxLength={3} /></Form.Item>}
          {(type === 'select' || type === 'multi_select') && <Form.Item name="options" label={t('definitions.optionSet')}><Select allowClear showSearch={{ optionFilterProp: 'label' }} placeholder={t('definitions.newSet')} options={choices.options} /></Form.Item>}
          {type === 'reference' && <Form.Item name="to" label={t('definitions.to')} rules={[{ required: true, message: t('common:required') }]}><Select showSearch={{ optionFilterProp: 'label' }} options={choices.objects} /></Form.Item>}
          <Form.Item name="level" label={t('definitions.level')}><Select options={[1, 2, 3, 4].map((level) => ({ value: level, label: t(`definitions.levels.${level}`) }))} /></Form.Item>
          <Form.Item name="pack" label={t('definitions.ownPack')} rules={[{ required: true, message: t('common:required') }, named]}><Input maxLength={48} className="code" /></Form.Item>
          {places.length > 0 && <Form.Item name="place" label={t('definitions.place')} initialValue={places[0]?.last}><Select allowClear placeholder={t('definitions.noPlace')} options={places} /></Form.Item>}
        </div>
        {(type === 'select' || type === 'multi_select') && !options && (
          <Form.Item name="items" label={t('definitions.items')} rules={[{ required: true, message: t('common:required') }]} extra={t('definitions.itemsHint')}><Input.TextArea rows={4} className="code" placeholder={'small 小 Small\nlarge 大 Large'} /></Form.Item>
        )}
        <div className="admin-bar">
          <Form.Item name="required" valuePropName="checked" noStyle><Checkbox>{t('definitions.mark.required')}</Checkbox></Form.Item>
          <Form.Item name="unique" valuePropName="checked" noStyle><Checkbox>{t('definitions.mark.unique')}</Checkbox></Form.Item>
          <Form.Item name="history" valuePropName="checked" noStyle><Checkbox>{t('definitions.mark.history')}</Checkbox></Form.Item>
        </div>
        {error !== null && <Failure error={error} />}
      </Form>
    </Modal>
  );
}

/** The sections that may show a field, by layout; the one in use first. */
function usePlaces(texts: Record<string, string> | undefined, object: string) {
  return useMemo(() => layoutsOf(texts ?? {}).filter((layout) => layout.object === object).map((layout) => {
    const shown = layout.parts.map((part) => ({ value: placeOf(layout.path, part.key), label: wordOf(part.label, language()), fields: part.fields.length }));
    return { label: wordOf(layout.label, language()), title: layout.path, options: shown, last: (shown.findLast((part) => part.fields > 0) ?? shown.at(-1))?.value };
  }), [texts, object]);
}

function useChoices(texts: Record<string, string> | undefined, paths: Set<string>) {
  return useMemo(() => {
    const options = [...paths].sort().flatMap((path) => /\/options\/(\w+)\.toml$/.exec(path)?.[1] ?? []);
    const objects = objectsOf(texts ?? {});
    return {
      options: [...new Set(options)].map((name) => ({ value: name, label: name })),
      objects: objects.map((object) => ({ value: object.name, label: `${wordOf(object.label, language())} ${object.name}` })),
    };
  }, [texts, paths]);
}
