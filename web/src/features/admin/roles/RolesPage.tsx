// Roles and what they grant; and what a user, with all roles together, may do.
import { useQuery } from '@tanstack/react-query';
import { Segmented, Select, Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import { useUserNames } from '@/features/record/useUserNames.ts';
import { RecordSelect } from '@/meta/fields/edit/RecordSelect.tsx';
import { useMe } from '@/meta/definitions.ts';
import { call } from '@/shared/api/http.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { usePhone } from '@/shared/ui/useMedia.ts';
import { useAdminSearch } from '../useAdminSearch.ts';
import { USER_FIELD } from '../userField.ts';
import { Across } from './Across.tsx';
import type { RoleInfo, Sight } from './model.ts';
import { SightView } from './SightView.tsx';
import { useRoles } from './useRoles.ts';
import './roles.css';

type Tab = 'role' | 'user' | 'all';

export default function RolesPage() {
  const { t } = useTranslation('admin');
  const [search, setSearch] = useAdminSearch();
  const tab: Tab = search.user || search.tab === 'user' ? 'user' : search.tab === 'all' ? 'all' : 'role';
  const roles = useRoles();
  const all = roles.data?.roles ?? [];
  const role = all.find((one) => one.name === search.role) ?? all[0];
  const name = useUserNames([search.user ?? null])(search.user ?? null);
  return (
    <>
      <div className="admin-head">
        <h1>{t('roles.title')}</h1>
        <Segmented
          aria-label={t('roles.title')} value={tab} onChange={(value) => setSearch({ tab: value, user: '', object: '' })}
          options={(['role', 'user', 'all'] as const).map((value) => ({ value, label: t(`roles.by.${value}`) }))}
        />
      </div>
      {roles.error && <Failure error={roles.error} onRetry={() => void roles.refetch()} />}
      {roles.isPending && tab !== 'user' && <Skeleton active paragraph={{ rows: 8 }} />}
      {role && tab === 'role' && (
        <div className="roles-split">
          <RoleList roles={all} current={role} onChoose={(name) => setSearch({ role: name, object: '' })} />
          <Viewed query={{ role: role.name }} role={role} roles={all} />
        </div>
      )}
      {tab === 'user' && (
        <>
          <div className="admin-bar"><RecordSelect field={USER_FIELD} label={t('roles.user')} placeholder={t('roles.userHint')} value={search.user ?? null} title={name} onChange={(value) => setSearch({ tab: 'user', user: typeof value === 'string' ? value : '', object: '' })} /></div>
          {search.user ? <Viewed query={{ user: search.user }} roles={all} /> : <div className="panel admin-empty">{t('roles.userEmpty')}</div>}
        </>
      )}
      {tab === 'all' && roles.data && <Across roles={all} onOpen={(name, object) => setSearch({ tab: 'role', role: name, object })} />}
      {roles.isSuccess && all.length === 0 && <div className="panel admin-empty">{t('roles.noRoles')}</div>}
    </>
  );
}

function RoleList({ roles, current, onChoose }: { roles: RoleInfo[]; current: RoleInfo; onChoose: (name: string) => void }) {
  const { t } = useTranslation('admin');
  const phone = usePhone();
  if (phone) return <Select aria-label={t('roles.role')} value={current.name} onChange={onChoose} options={roles.map((role) => ({ value: role.name, label: role.label }))} />;
  return (
    <nav className="panel roles-list" aria-label={t('roles.role')}>
      {roles.map((role) => (
        <button key={role.name} type="button" aria-current={role.name === current.name} onClick={() => onChoose(role.name)}>
          <span>{role.label}</span><small>{Object.keys(role.objects).length}</small>
        </button>
      ))}
    </nav>
  );
}

function Viewed({ query, role, roles }: { query: { role?: string; user?: string }; role?: RoleInfo; roles: RoleInfo[] }) {
  const { t, i18n } = useTranslation('admin');
  const me = useMe();
  const sight = useQuery({
    queryKey: ['admin', 'rights', query, i18n.language],
    queryFn: ({ signal }) => call<Sight>('rights', { query, signal }),
    placeholderData: (before, last) => (last?.queryKey[3] === i18n.language && role ? before : undefined),
  });
  if (sight.error) return <Failure error={sight.error} onRetry={() => void sight.refetch()} />;
  if (!sight.data) return <Skeleton active paragraph={{ rows: 8 }} />;
  return (
    <div className="stack" aria-busy={sight.isPlaceholderData}>
      {!sight.data.active && <div className="panel admin-empty">{t('roles.inactive')}</div>}
      {query.user && sight.data.active && sight.data.roles.length === 0 && <div className="panel admin-empty">{t('roles.none')}</div>}
      <SightView sight={sight.data} role={role} roles={roles} editable={!!role && (me?.rights.includes('publish') ?? false)} />
    </div>
  );
}
