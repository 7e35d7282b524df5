// Attaching a file: sent on its own, its id becomes the value.
import { PaperClipOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { upload } from '@/shared/api/upload.ts';
import { useSentence } from '@/shared/ui/Failure.tsx';
import type { EditorProps } from './Editor.tsx';

export function FileEditor({ field, value, onChange, id, title }: EditorProps) {
  const { t } = useTranslation('field');
  const sentence = useSentence();
  const input = useRef<HTMLInputElement>(null);
  const [name, setName] = useState(title);
  const [problem, setProblem] = useState<string | null>(null);
  /** The part that has left, from 0 to 1; null while nothing is sent. */
  const [part, setPart] = useState<number | null>(null);
  const send = async (file: File | undefined) => {
    if (!file) return;
    if (field.max_bytes && file.size > field.max_bytes) {
      setProblem(t('tooLarge', { megabytes: Math.floor(field.max_bytes / 1048576) }));
      return;
    }
    setPart(0);
    setProblem(null);
    try {
      const sent = await upload(file, setPart);
      setName(sent.name);
      onChange(sent.id);
    } catch (error) {
      setProblem(sentence(error));
    } finally {
      setPart(null);
    }
  };
  return (
    <span className="file-editor">
      <input ref={input} type="file" hidden onChange={(event) => void send(event.target.files?.[0])} />
      <Button id={id} icon={<PaperClipOutlined />} loading={part !== null} onClick={() => input.current?.click()}>{part !== null ? `${Math.floor(part * 100)}%` : value ? (name ?? t('file')) : t('choose')}</Button>
      {!!value && <Button type="text" onClick={() => { setName(undefined); onChange(null); }}>{t('common:clear')}</Button>}
      {problem && <span className="field-problem">{problem}</span>}
    </span>
  );
}
