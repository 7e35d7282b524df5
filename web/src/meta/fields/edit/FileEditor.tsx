// Attaching a file: sent on its own, its id becomes the value.
import { PaperClipOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '@/shared/api/http.ts';
import { useSentence } from '@/shared/ui/Failure.tsx';
import type { EditorProps } from './Editor.tsx';

interface Sent { id: string; name: string }

export function FileEditor({ field, value, onChange, id, title }: EditorProps) {
  const { t } = useTranslation('field');
  const sentence = useSentence();
  const input = useRef<HTMLInputElement>(null);
  const [name, setName] = useState(title);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const send = async (file: File | undefined) => {
    if (!file) return;
    if (field.max_bytes && file.size > field.max_bytes) {
      setProblem(t('tooLarge', { megabytes: Math.floor(field.max_bytes / 1048576) }));
      return;
    }
    setBusy(true);
    setProblem(null);
    try {
      const form = new FormData();
      form.append('file', file);
      const sent = await call<Sent>('files', { method: 'POST', form });
      setName(sent.name);
      onChange(sent.id);
    } catch (error) {
      setProblem(sentence(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <span className="file-editor">
      <input ref={input} type="file" hidden onChange={(event) => void send(event.target.files?.[0])} />
      <Button id={id} icon={<PaperClipOutlined />} loading={busy} onClick={() => input.current?.click()}>{value ? (name ?? t('file')) : t('choose')}</Button>
      {!!value && <Button type="text" onClick={() => { setName(undefined); onChange(null); }}>{t('common:clear')}</Button>}
      {problem && <span className="field-problem">{problem}</span>}
    </span>
  );
}
