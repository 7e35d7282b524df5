// Every object one may see: the way to everything on the phone.
import { ControlOutlined, MergeCellsOutlined, UploadOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { administers } from '@/features/admin/pages.ts';
import { useMe, useObjects } from '@/meta/definitions.ts';
import type { ObjectEntry } from '@/shared/api/types.ts';
import { ObjectIcon } from '@/shared/ui/icons.tsx';
import { navigation } from './navigation.ts';

export default function MenuPage() {
  const { t } = useTranslation('shell');
  const me = useMe();
  const objects = useObjects();
  if (!objects) return null;
  const { main, rest } = navigation(objects.objects);
  return (
    <div className="menu-page">
      <h1>{t('menu')}</h1>
      <Tiles objects={main} />
      {rest.length > 0 && <h2>{t('records')}</h2>}
      <Tiles objects={rest} />
      {objects.objects.some((object) => object.actions.includes('import')) && (
        <div className="menu-tiles"><Link to="/app/imports" className="panel"><UploadOutlined /><span>{t('imports')}</span></Link></div>
      )}
      {objects.objects.some((object) => object.duplicates && object.actions.includes('read')) && (
        <div className="menu-tiles"><Link to="/app/merges" className="panel"><MergeCellsOutlined /><span>{t('merges')}</span></Link></div>
      )}
      {administers(me) && (
        <div className="menu-tiles"><Link to="/app/admin/$page" params={{ page: 'start' }} className="panel"><ControlOutlined /><span>{t('admin')}</span></Link></div>
      )}
      {main.length === 0 && <p className="muted">{t('noAccess')}</p>}
    </div>
  );
}

function Tiles({ objects }: { objects: ObjectEntry[] }) {
  return (
    <div className="menu-tiles">
      {objects.map((object) => (
        <Link key={object.name} to="/app/list/$object" params={{ object: object.name }} className="panel">
          <ObjectIcon name={object.icon} /><span>{object.label}</span>
        </Link>
      ))}
    </div>
  );
}
