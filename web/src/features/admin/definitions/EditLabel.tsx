// The names of an object or a field in both languages, written into the file that defines it.
import { App, Form, Input, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Failure } from '@/shared/ui/Failure.tsx';
import { hasTable, setKey } from './edits.ts';
import { saveDraft, useReread, useTexts } from './files.ts';
import { labelText } from './optionSet.ts';
import type { FieldShape, ObjectShape, Words } from './shapes.ts';

interface Props { object: ObjectShape; field?: FieldShape; onClose: () => void }
interface Values { label: Words; help: Words }

export default function EditLabel({ object, field, onClose }: Props) {
  const { t } = useTranslation('admin');
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const texts = useTexts('/objects/').data;
  const reread = useReread();
  const table = field ? `fields.${field.name}` : '';
  const path = field ? object.paths.find((one) => hasTable(texts?.[one] ?? '', table)) : object.paths[0];
  const save = async ({ label, help }: Values) => {
    if (!path) return;
    setBusy(true);
    setError(null);
    try {
      let text = setKey(texts?.[path] ?? '', table, 'label', labelText(label));
      const hint = { zh: help?.zh?.trim() ?? '', en: help?.en?.trim() ?? '' };
      if (field && (hint.zh !== field.help.zh || hint.en !== field.help.en)) text = setKey(text, table, 'help', hint.zh || hint.en ? labelText({ zh: hint.zh || hint.en, en: hint.en || hint.zh }) : null);
      await saveDraft(path, text);
      await reread();
      void message.success(t('definitions.written'));
      onClose();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const required = [{ required: true, whitespace: true, message: t('common:required') }];
  return (
    <Modal open title={t('definitions.editLabel')} onCancel={onClose} onOk={() => form.submit()} okText={t('definitions.toDraft')} okButtonProps={{ disabled: !path }} confirmLoading={busy} width={560} mask={{ closable: false }}>
      <Form form={form} layout="vertical" requiredMark onFinish={(values) => void save(values)} initialValues={{ label: field?.label ?? object.label, help: field?.help }}>
        <p className="muted code">{path}</p>
        <div className="form-pair">
          <Form.Item name={['label', 'zh']} label={t('definitions.zh')} rules={required}><Input maxLength={50} autoFocus /></Form.Item>
          <Form.Item name={['label', 'en']} label={t('definitions.en')} rules={required}><Input maxLength={50} /></Form.Item>
          {field && <Form.Item name={['help', 'zh']} label={`${t('definitions.help')}（中文）`}><Input maxLength={200} /></Form.Item>}
          {field && <Form.Item name={['help', 'en']} label={`${t('definitions.help')} (English)`}><Input maxLength={200} /></Form.Item>}
        </div>
        {error !== null && <Failure error={error} />}
      </Form>
    </Modal>
  );
}
