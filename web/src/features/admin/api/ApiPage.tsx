// The API as this caller may use it: every operation of the run-time document, by group, to search,
// read and try. Nothing here comes from another host.
import { DownloadOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Drawer, Input, Skeleton } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useObjects } from '@/meta/definitions.ts';
import { call } from '@/shared/api/http.ts';
import { language } from '@/shared/i18n/index.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { useMedia } from '@/shared/ui/useMedia.ts';
import { saveText } from '../saveText.ts';
import { useAdminSearch } from '../useAdminSearch.ts';
import { type Document, type Group, groups, type Operation, search as narrow, spoken } from './model.ts';
import { Method } from './Method.tsx';
import { OperationView } from './OperationView.tsx';
import './api.css';

const FIXED = new Set(['session', 'me', 'objects', 'search', 'openapi', 'measures', 'jobs', 'api-keys', 'share-requests', 'approvals', 'files', 'imports', 'exports', 'users', 'audit', 'definitions', 'rights', 'duplicates', 'graph']);

export default function ApiPage() {
  const { t, i18n } = useTranslation('admin');
  const [search, setSearch] = useAdminSearch();
  const [find, setFind] = useState('');
  const wide = useMedia('(min-width: 901px)');
  const document = useQuery({ queryKey: ['definition', 'openapi', i18n.language], queryFn: () => call<Document>('openapi.json'), staleTime: 300_000 });
  const all = useMemo(() => (document.data ? groups(document.data) : []), [document.data]);
  const objects = useObjects()?.objects;
  const labels = useMemo(() => new Map(objects?.map((object) => [object.name, object.label])), [objects]);
  const label = (tag: string) => labels.get(tag) ?? (FIXED.has(tag) ? t(`api.tags.${tag}`) : tag);
  const shown = narrow(all, find, label);
  const count = all.reduce((sum, group) => sum + group.operations.length, 0);
  const operation = all.flatMap((group) => group.operations).find((one) => one.id === search.op);
  const view = operation && document.data ? <OperationView key={operation.id} operation={operation} document={document.data} /> : null;
  return (
    <>
      <div className="admin-head">
        <h1>{t('api.title')}</h1>
        {document.data && <Button icon={<DownloadOutlined />} onClick={() => saveText('openapi.json', JSON.stringify(document.data, null, 2), 'application/json')}>{t('api.download')}</Button>}
      </div>
      {document.error && <Failure error={document.error} onRetry={() => void document.refetch()} />}
      {document.isPending && <Skeleton active paragraph={{ rows: 10 }} />}
      {document.data && (
        <div className="api-split">
          <nav className="panel api-list" aria-label={t('api.title')}>
            <Input allowClear aria-label={t('api.find')} placeholder={t('api.find')} value={find} onChange={(event) => setFind(event.target.value)} />
            <div className="api-scroll">
              {shown.map((group) => <GroupView key={group.tag} group={group} label={label(group.tag)} open={find.trim() !== '' || group.operations.some((one) => one.id === search.op)} current={search.op} onChoose={(op) => setSearch({ op })} />)}
              {shown.length === 0 && <p className="admin-empty">{t('api.none')}</p>}
            </div>
          </nav>
          {wide && (view ?? (
            <div className="panel admin-empty stack">
              <p>{t('api.intro', { count })}</p>
              <p>{t('api.introKey')}</p>
            </div>
          ))}
        </div>
      )}
      {!wide && view && <Drawer open size="100%" title={spoken(operation?.summary, language() === 'en')} onClose={() => setSearch({ op: '' })}>{view}</Drawer>}
    </>
  );
}

interface GroupProps { group: Group; label: string; open: boolean; current?: string; onChoose: (op: string) => void }

function GroupView({ group, label, open, current, onChoose }: GroupProps) {
  const [folded, setFolded] = useState<boolean>();
  const shown = open || folded === false;
  return (
    <details open={shown} onToggle={(event) => setFolded(!(event.target as HTMLDetailsElement).open)}>
      <summary><span>{label}</span> <small className="tabular">{group.operations.length}</small></summary>
      {shown && group.operations.map((one) => <Entry key={one.id} operation={one} current={one.id === current} onChoose={onChoose} />)}
    </details>
  );
}

function Entry({ operation, current, onChoose }: { operation: Operation; current: boolean; onChoose: (op: string) => void }) {
  return (
    <button type="button" aria-current={current} onClick={() => onChoose(operation.id)} title={operation.path}>
      <Method method={operation.method} /><span>{spoken(operation.summary, language() === 'en')}</span>
    </button>
  );
}
