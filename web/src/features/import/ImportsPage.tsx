// The history of one's own imports.
import { UploadOutlined } from '@ant-design/icons';
import { Link, useNavigate } from '@tanstack/react-router';
import { Button, Skeleton } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useObjects } from '@/meta/definitions.ts';
import { instantText } from '@/meta/fields/moment.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { State } from './State.tsx';
import { useImportable, useImports } from './useImports.ts';
import './texts.ts';
import './import.css';

const FIRST = 50;
const MOST = 200;

export default function ImportsPage() {
  const { t } = useTranslation('import');
  const navigate = useNavigate();
  const [limit, setLimit] = useState(FIRST);
  const imports = useImports(limit);
  const importable = useImportable();
  const objects = useObjects()?.objects ?? [];
  const labels = new Map(objects.map((object) => [object.name, object.label]));
  const list = imports.data?.imports;
  const begin = importable.length > 0 && <Button type="primary" icon={<UploadOutlined />} onClick={() => void navigate({ to: '/app/imports/new', search: {} })}>{t('start')}</Button>;
  return (
    <div className="imp-page">
      <header className="imp-head"><h1>{t('history')}</h1><span className="imp-gap" />{begin}</header>
      {imports.error && <Failure error={imports.error} onRetry={() => void imports.refetch()} />}
      {!list ? !imports.error && <div className="panel imp-card"><Skeleton active paragraph={{ rows: 8 }} /></div>
        : list.length === 0 ? <div className="panel imp-card imp-empty"><h2>{t('emptyTitle')}</h2><p className="muted">{t('emptyHint')}</p></div>
          : (
            <ul className="panel imp-list">
              {list.map((one) => (
                <li key={one.id}>
                  <Link to="/app/imports/$id" params={{ id: one.id }}>
                    <b>{one.name}</b>
                    <span>{labels.get(one.object) ?? t('object')}</span>
                    <State state={one.state} />
                    <time className="tabular muted" dateTime={one.created_at}>{instantText(one.created_at)}</time>
                  </Link>
                </li>
              ))}
            </ul>
          )}
      {list && list.length === limit && limit < MOST && <Button onClick={() => setLimit(MOST)}>{t('common:more')}</Button>}
    </div>
  );
}
