// A file becomes a record that refers to this one: sent with its progress, then the rest is asked.
import { UploadOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { lazy, Suspense, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldOf } from '@/meta/definitions.ts';
import { upload, type Uploaded } from '@/shared/api/upload.ts';
import type { Field, ObjectDef } from '@/shared/api/types.ts';
import { useSentence } from '@/shared/ui/Failure.tsx';
import type { Values } from '@/meta/draft.ts';
import './texts.ts';
import './insight.css';

const CreateDrawer = lazy(() => import('../CreateDrawer.tsx'));
const MEGABYTE = 1_048_576;

interface Props { object: ObjectDef; file: Field; given: Values; titles: Record<string, string> }

export default function Upload({ object, file, given, titles }: Props) {
  const { t } = useTranslation('insight');
  const sentence = useSentence();
  const input = useRef<HTMLInputElement>(null);
  const [part, setPart] = useState<number | null>(null);
  const [sent, setSent] = useState<Uploaded | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const send = async (chosen: File | undefined) => {
    if (!chosen) return;
    setProblem(null);
    if (file.max_bytes && chosen.size > file.max_bytes) {
      setProblem(t('files.tooLarge', { megabytes: Math.floor(file.max_bytes / MEGABYTE) }));
      return;
    }
    setPart(0);
    try {
      setSent(await upload(chosen, setPart));
    } catch (error) {
      setProblem(sentence(error));
    } finally {
      setPart(null);
      if (input.current) input.current.value = '';
    }
  };
  return (
    <span className="upload">
      {problem && <span className="field-problem" role="alert">{problem}</span>}
      {part !== null && <span className="muted tabular" role="status">{t('files.sending', { percent: Math.floor(part * 100) })}</span>}
      <input ref={input} type="file" hidden aria-label={t('files.upload')} onChange={(event) => void send(event.target.files?.[0])} />
      <Button size="small" icon={<UploadOutlined />} loading={part !== null} onClick={() => input.current?.click()}>{t('files.upload')}</Button>
      {sent && (
        <Suspense fallback={null}>
          <CreateDrawer object={object.name} given={{ ...given, ...named(object, sent), [file.name]: sent.id }} titles={{ ...titles, [file.name]: sent.name }} onClose={() => setSent(null)} />
        </Suspense>
      )}
    </span>
  );
}

/** The record is called after its file, where its title is a text one writes. */
function named(object: ObjectDef, sent: Uploaded): Values {
  const title = fieldOf(object, object.title);
  if (!title || title.type !== 'text' || title.access !== 'write') return {};
  const name = sent.name.replace(/\.[^.]{1,8}$/, '');
  return { [title.name]: name.slice(0, typeof title.max === 'number' ? title.max : undefined) };
}
