// Navigation on wide screens.
import { ControlOutlined, HomeOutlined, MenuFoldOutlined, MergeCellsOutlined, MenuUnfoldOutlined, UploadOutlined } from '@ant-design/icons';
import { Link, useRouterState } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useFavouriteTitles } from '@/meta/favourites.ts';
import type { ObjectEntry } from '@/shared/api/types.ts';
import { ObjectIcon } from '@/shared/ui/icons.tsx';
import { navigation } from './navigation.ts';
import { type Seen, useRecent } from './recent.ts';

interface Props { objects?: ObjectEntry[]; admin: boolean; slim: boolean; foldable: boolean; onFold: () => void }

export function SideNav({ objects = [], admin, slim, foldable, onFold }: Props) {
  const { t } = useTranslation('shell');
  const { main, rest } = navigation(objects);
  const favourites = useFavouriteTitles(objects);
  const marked = new Set(favourites.map((entry) => entry.id));
  const recent = useRecent().filter((entry) => !marked.has(entry.id));
  const inside = useRouterState({ select: (state) => state.location.pathname.includes('/app/admin/') });
  const icons = new Map(objects.map((object) => [object.name, object.icon]));
  return (
    <nav className="sider" aria-label={t('nav')}>
      <Link to="/" className="sider-brand">
        <img src="./icon.svg" alt="" width={26} height={26} />
        {!slim && <span>{t('common:product')}</span>}
      </Link>
      <div className="sider-scroll">
        <Link {...named(slim, t('home'))} to="/" className="sider-item" activeOptions={{ exact: true }}><HomeOutlined />{!slim && <span>{t('home')}</span>}</Link>
        {main.map((object) => <ObjectItem key={object.name} object={object} slim={slim} />)}
        {main.concat(rest).some((object) => object.actions.includes('import')) && (
          <Link {...named(slim, t('imports'))} to="/app/imports" className="sider-item"><UploadOutlined />{!slim && <span>{t('imports')}</span>}</Link>
        )}
        {objects.some((object) => object.duplicates && object.actions.includes('read')) && (
          <Link {...named(slim, t('merges'))} to="/app/merges" className="sider-item"><MergeCellsOutlined />{!slim && <span>{t('merges')}</span>}</Link>
        )}
        {admin && (
          <Link {...named(slim, t('admin'))} to="/app/admin/$page" params={{ page: 'start' }} className={`sider-item sider-admin${inside ? ' active' : ''}`}><ControlOutlined />{!slim && <span>{t('admin')}</span>}</Link>
        )}
        {!slim && favourites.length > 0 && (
          <>
            <h2>{t('favourites')}</h2>
            {favourites.map((entry) => <RecordItem key={entry.id} entry={entry} icon={icons.get(entry.object)} />)}
          </>
        )}
        {!slim && recent.length > 0 && (
          <>
            <h2>{t('recent')}</h2>
            {recent.slice(0, 5).map((entry) => <RecordItem key={entry.id} entry={entry} icon={icons.get(entry.object)} />)}
          </>
        )}
        {!slim && rest.length > 0 && <h2>{t('records')}</h2>}
        {!slim && rest.map((object) => <ObjectItem key={object.name} object={object} slim={slim} small />)}
      </div>
      {foldable && (
        <button type="button" className="sider-fold" onClick={onFold} aria-label={slim ? t('expand') : t('collapse')}>
          {slim ? <MenuUnfoldOutlined /> : <MenuFoldOutlined />}
        </button>
      )}
    </nav>
  );
}

function RecordItem({ entry, icon }: { entry: Seen; icon?: string | null }) {
  return (
    <Link to="/app/record/$object/$id" params={{ object: entry.object, id: entry.id }} className="sider-item sider-item-small">
      <ObjectIcon name={icon} /><span>{entry.title}</span>
    </Link>
  );
}

function ObjectItem({ object, slim, small }: { object: ObjectEntry; slim: boolean; small?: boolean }) {
  return (
    <Link {...named(slim, object.label)} to="/app/list/$object" params={{ object: object.name }} className={`sider-item${small ? ' sider-item-small' : ''}`}>
      <ObjectIcon name={object.icon} />{!slim && <span>{object.label}</span>}
    </Link>
  );
}

/** An icon alone needs its name told. */
function named(slim: boolean, label: string) {
  return slim ? { title: label, 'aria-label': label } : {};
}
