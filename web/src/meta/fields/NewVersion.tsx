// Sends a file as the next version of what a field holds, where the caller may write that field.
import { UploadOutlined } from '@ant-design/icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '@/shared/api/http.ts';
import type { RecordView } from '@/shared/api/types.ts';
import { upload } from '@/shared/api/upload.ts';
import { useSentence } from '@/shared/ui/Failure.tsx';

export function NewVersion({ record, field, onSent }: { record: RecordView; field: string; onSent: () => void }) {
  const { t } = useTranslation('file');
  const sentence = useSentence();
  const queries = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  /** The part that has left, from 0 to 1; null while nothing is sent. */
  const [part, setPart] = useState<number | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const path = `records/${record.object}/${record.id}`;
  // Rows of a list do not say what may be written, and may be old.
  const present = useQuery({ queryKey: ['records', 'access', path], queryFn: ({ signal }) => call<RecordView>(path, { query: { access: true }, signal }), staleTime: 0 });
  if (!present.data?.access?.write.includes(field)) return null;
  const send = async (file: File | undefined) => {
    if (!file || !present.data) return;
    setPart(0);
    setProblem(null);
    try {
      const sent = await upload(file, setPart);
      await call(path, { method: 'PATCH', body: { [field]: sent.id }, version: present.data.version });
      onSent();
    } catch (error) {
      setProblem(sentence(error));
    } finally {
      setPart(null);
      if (input.current) input.current.value = '';
      void queries.invalidateQueries({ queryKey: ['records'] });
    }
  };
  return (
    <span className="file-new">
      {problem && <span className="field-problem" role="alert">{problem}</span>}
      <input ref={input} type="file" hidden aria-label={t('newVersion')} onChange={(event) => void send(event.target.files?.[0])} />
      <Button icon={<UploadOutlined />} loading={part !== null} onClick={() => input.current?.click()}>{part === null ? t('newVersion') : `${Math.floor(part * 100)}%`}</Button>
    </span>
  );
}
