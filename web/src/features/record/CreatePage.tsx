// A new record on a page of its own.
import { useNavigate, useParams, useRouter, useSearch } from '@tanstack/react-router';
import { Skeleton } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useObject } from '@/meta/definitions.ts';
import type { Values } from '@/meta/draft.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { CreateForm } from './CreateForm.tsx';

export default function CreatePage() {
  const { t } = useTranslation('record');
  const { object: name } = useParams({ from: '/app/new/$object' });
  const { set } = useSearch({ from: '/app/new/$object' });
  const navigate = useNavigate();
  const router = useRouter();
  const definition = useObject(name);
  const given = useMemo(() => parse(set), [set]);
  if (definition.error && !definition.data) return <Failure error={definition.error} page />;
  if (!definition.data) return <Skeleton active className="record-wait panel" />;
  const object = definition.data;
  const leave = () => (router.history.canGoBack() ? router.history.back() : void navigate({ to: '/app/list/$object', params: { object: name } }));
  return (
    <div className="record-page create-page">
      <h1 className="create-title">{t('create.title', { label: object.label })}</h1>
      <CreateForm key={name} object={object} given={given} onCancel={leave} onDone={(made) => void navigate({ to: '/app/record/$object/$id', params: { object: name, id: made.id }, replace: true })} />
    </div>
  );
}

function parse(text: string | undefined): Values {
  try {
    const value: unknown = text ? JSON.parse(text) : {};
    return value && typeof value === 'object' && !Array.isArray(value) ? (value as Values) : {};
  } catch {
    return {};
  }
}
