// The first step: what the rows are, and the file they stand in.
import { InboxOutlined } from '@ant-design/icons';
import { Button, Progress, Select } from 'antd';
import { type DragEvent, useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Uploaded, upload } from '@/shared/api/upload.ts';
import type { ObjectEntry } from '@/shared/api/types.ts';
import { Failure } from '@/shared/ui/Failure.tsx';

interface Props { objects: ObjectEntry[]; object?: string; onObject: (name: string) => void; onFile: (file: Uploaded) => void }

export function FileStep({ objects, object, onObject, onFile }: Props) {
  const { t } = useTranslation('import');
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const running = useRef<AbortController | null>(null);
  const [over, setOver] = useState(false);
  const [sending, setSending] = useState<{ name: string; part: number } | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  useEffect(() => () => running.current?.abort(), []);

  const send = async (file: File | undefined) => {
    if (!file || sending) return;
    setProblem(null);
    setSending({ name: file.name, part: 0 });
    const control = new AbortController();
    running.current = control;
    try {
      onFile(await upload(file, (part) => setSending({ name: file.name, part }), control.signal));
    } catch (error) {
      if (!control.signal.aborted) setProblem(error);
    }
    setSending(null);
    if (input.current) input.current.value = '';
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    if (object) void send(event.dataTransfer.files[0]);
  };

  return (
    <section className="panel imp-card imp-file">
      <label htmlFor={`${id}-object`}>{t('object')}</label>
      <Select
        id={`${id}-object`} className="imp-object" value={object} placeholder={t('objectHint')} showSearch={{ optionFilterProp: 'label' }} disabled={!!sending}
        options={objects.map((entry) => ({ value: entry.name, label: entry.label }))} onChange={onObject}
      />
      <span className="imp-label">{t('file')}</span>
      <div
        className={`imp-drop${over ? ' imp-over' : ''}`} onDrop={drop} onDragLeave={() => setOver(false)}
        onDragOver={(event) => { event.preventDefault(); setOver(true); }}
      >
        <input ref={input} type="file" hidden accept=".csv,.tsv,.txt,.xlsx" aria-label={t('file')} onChange={(event) => void send(event.target.files?.[0])} />
        {sending ? (
          <div className="imp-sending" role="status">
            <b>{sending.name}</b>
            <Progress aria-label={sending.name} percent={Math.floor(sending.part * 100)} />
            <Button onClick={() => running.current?.abort()}>{t('common:cancel')}</Button>
          </div>
        ) : (
          <>
            <InboxOutlined className="imp-drop-icon" />
            <p>{t('dropHint')}</p>
            <Button type="primary" disabled={!object} onClick={() => input.current?.click()}>{t('choose')}</Button>
            <p className="muted">{t('kinds')}</p>
          </>
        )}
      </div>
      {problem !== null && <Failure error={problem} />}
      <p className="muted">{t('promise')}</p>
    </section>
  );
}
