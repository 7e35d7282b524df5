// The matrix of one role or user: object by action, with the rows and the fields it reaches.
import { CheckOutlined } from '@ant-design/icons';
import { Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Tag } from '@/shared/ui/Tag.tsx';
import { usePhone } from '@/shared/ui/useMedia.ts';
import { useAdminSearch } from '../useAdminSearch.ts';
import { useUnits } from '../useUnits.ts';
import { ACTIONS, found, type RoleInfo, scopes, type Sight, type SightObject } from './model.ts';
import { ObjectDrawer } from './ObjectDrawer.tsx';
import { Scope, Shares } from './parts.tsx';

interface Props { sight: Sight; role?: RoleInfo; roles: RoleInfo[]; editable: boolean }

export function SightView({ sight, role, roles, editable }: Props) {
  const { t } = useTranslation('admin');
  const phone = usePhone();
  const [search, setSearch] = useAdminSearch();
  const [find, setFind] = useState('');
  const shown = found(sight.objects, find);
  const open = sight.objects.find((object) => object.name === search.object);
  const choose = (object: SightObject) => setSearch({ object: object.name });
  return (
    <>
      <Head sight={sight} role={role} roles={roles} />
      <div className="admin-bar">
        <Input allowClear aria-label={t('definitions.find')} placeholder={t('definitions.find')} value={find} onChange={(event) => setFind(event.target.value)} />
        <span className="muted">{t('roles.reaches', { count: sight.objects.length })}</span>
      </div>
      {phone ? <Cards objects={shown} onOpen={choose} /> : <Matrix objects={shown} current={open?.name} onOpen={choose} />}
      {shown.length === 0 && sight.objects.length > 0 && <div className="panel admin-empty">{t('roles.noneFound')}</div>}
      {open && <ObjectDrawer key={open.name} object={open} role={role} roles={roles} editable={editable} onClose={() => setSearch({ object: '' })} />}
    </>
  );
}

function Head({ sight, role, roles }: Omit<Props, 'editable'>) {
  const { t } = useTranslation('admin');
  const { units } = useUnits();
  const unit = (id: string | null) => units.data?.find((one) => one.id === id)?.name ?? (units.isPending ? '…' : id?.slice(0, 8) ?? '');
  const label = (name: string) => roles.find((one) => one.name === name)?.label ?? name;
  return (
    <dl className="panel facts roles-facts">
      {!role && <><dt>{t('roles.held')}</dt><dd className="several">{sight.roles.map((held) => <Tag key={`${held.name}${held.unit}`} color="blue">{held.label ?? held.name} · {unit(held.unit)}</Tag>)}</dd></>}
      <dt>{t('roles.rights')}</dt>
      <dd className="several">{sight.rights.length > 0 ? sight.rights.map((right) => <Tag key={right} color="purple">{t(`roles.right.${right}`)}</Tag>) : <span className="muted">{t('common:none')}</span>}</dd>
      {role && <><dt>{t('roles.excludes')}</dt><dd className="several">{role.excludes.length > 0 ? role.excludes.map((name) => <Tag key={name}>{label(name)}</Tag>) : <span className="muted">{t('common:none')}</span>}</dd></>}
      <dt>{t('roles.reveals')}</dt><dd>{sight.reveal_per_day > 0 ? t(sight.reveal_approval ? 'roles.perDayApproved' : 'roles.perDay', { count: sight.reveal_per_day }) : t('roles.never')}</dd>
      <dt>{t('roles.exports')}</dt><dd>{sight.export_rows > 0 ? t('roles.rowsMost', { count: sight.export_rows }) : t('roles.never')}</dd>
    </dl>
  );
}

interface ListProps { objects: SightObject[]; current?: string; onOpen: (object: SightObject) => void }

function Matrix({ objects, current, onOpen }: ListProps) {
  const { t } = useTranslation('admin');
  return (
    <div className="panel admin-scroll">
      <table className="admin-table roles-matrix">
        <thead>
          <tr><th>{t('audit.object')}</th>{ACTIONS.map((action) => <th key={action} className="roles-action">{t(`roles.action.${action}`)}</th>)}<th>{t('roles.scope')}</th><th>{t('roles.fields')}</th></tr>
        </thead>
        <tbody>
          {objects.map((object) => (
            <tr key={object.name} className={`pressable${object.name === current ? ' current' : ''}`} onClick={() => onOpen(object)}>
              <td className="nowrap"><button type="button" className="link" onClick={() => onOpen(object)}>{object.label}</button></td>
              {ACTIONS.map((action) => (
                <td key={action} className="roles-action">
                  {object.actions.includes(action) ? <CheckOutlined aria-label={t('common:yes')} className="roles-yes" /> : <span className="roles-no" aria-label={t('common:no')} role="img">·</span>}
                </td>
              ))}
              <td className="several">{scopes(object).map((rows) => <Scope key={rows} rows={rows} />)}</td>
              <td><Shares object={object} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cards({ objects, onOpen }: ListProps) {
  const { t } = useTranslation('admin');
  return (
    <ul className="stack">
      {objects.map((object) => (
        <li key={object.name} className="panel roles-card">
          <button type="button" className="link-button" onClick={() => onOpen(object)}>{object.label}</button>
          <span className="several">{scopes(object).map((rows) => <Scope key={rows} rows={rows} />)}</span>
          <span className="muted">{object.actions.map((action) => t(`roles.action.${action}`)).join(' · ')}</span>
          <Shares object={object} />
        </li>
      ))}
    </ul>
  );
}
