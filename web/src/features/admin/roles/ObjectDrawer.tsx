// One object under a role or user: each field with what may be done with it, and where that comes from.
import { EditOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Drawer, Segmented } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Tag } from '@/shared/ui/Tag.tsx';
import { usePhone } from '@/shared/ui/useMedia.ts';
import { useTexts } from '../definitions/files.ts';
import { useUnits } from '../useUnits.ts';
import { grantsOf, type Placed, placesOf } from './grantFile.ts';
import { ACCESSES, type Access, type RoleInfo, type SightGrant, type SightObject } from './model.ts';
import { AccessMark, Scope } from './parts.tsx';

const GrantEditor = lazy(() => import('./GrantEditor.tsx'));

interface Props { object: SightObject; role?: RoleInfo; roles: RoleInfo[]; editable: boolean; onClose: () => void }

export function ObjectDrawer({ object, role, roles, editable, onClose }: Props) {
  const { t } = useTranslation('admin');
  const phone = usePhone();
  const [only, setOnly] = useState<Access | 'any'>('any');
  const [editing, setEditing] = useState<Placed | 'new'>();
  const texts = useTexts('/roles/', editable).data;
  const places = role && texts ? placesOf(object.grants.map((grant) => ({ ...grant, object: object.name })), grantsOf(role.name, texts)) : [];
  const fields = object.fields.filter((field) => only === 'any' || field.access === only);
  const several = object.grants.length > 1;
  return (
    <Drawer open onClose={onClose} title={`${object.label} · ${t('roles.fieldsOf')}`} size={phone ? '100%' : Math.min(1100, 520 + object.grants.length * 110)}>
      <div className="stack">
        <h2>{t('roles.grants')}</h2>
        <ol className="grants">
          {object.grants.map((grant, index) => (
            <Grant key={`${grant.role}${grant.unit}${grant.rows}${grant.when}${grant.actions.join()}${Object.keys(grant.fields).length}`} number={index + 1} grant={grant} roles={roles} told={!role}>
              {editable && texts && <EditButton place={places[index]} onEdit={setEditing} />}
            </Grant>
          ))}
        </ol>
        {editable && <Button icon={<PlusOutlined />} onClick={() => setEditing('new')}>{t('roles.addGrant')}</Button>}
        <div className="admin-head">
          <h2 className="grow">{t('roles.fields')}</h2>
          <Segmented size="small" aria-label={t('roles.fields')} value={only} onChange={setOnly} options={[{ value: 'any' as const, label: t('common:all') }, ...ACCESSES.map((access) => ({ value: access, label: t(`roles.access.${access}`) }))]} />
        </div>
        <div className="panel admin-scroll" tabIndex={0} role="region" aria-label={t('roles.fields')}>
          <table className="admin-table roles-fields">
            <thead><tr><th>{t('audit.field')}</th><th>{t('definitions.level')}</th><th>{t('roles.together')}</th>{several && object.grants.map((grant, index) => <th key={`${index}${grant.rows}`} aria-label={t('roles.grantNumber', { number: index + 1 })}>#{index + 1}</th>)}</tr></thead>
            <tbody>
              {fields.map((field) => (
                <tr key={field.name}>
                  <td title={field.name}>{field.label}</td>
                  <td>{field.level}</td>
                  <td><AccessMark access={field.access} /></td>
                  {several && object.grants.map((grant, index) => <td key={`${index}${grant.rows}`}><AccessMark access={grant.fields[field.name] ?? 'hidden'} /></td>)}
                </tr>
              ))}
            </tbody>
          </table>
          {fields.length === 0 && <p className="admin-empty">{t('roles.noFields')}</p>}
        </div>
        <p className="muted">{t('roles.pairHint')}</p>
      </div>
      {role && editing !== undefined && <Suspense fallback={null}><GrantEditor role={role.name} object={object} placed={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} /></Suspense>}
    </Drawer>
  );
}

function EditButton({ place, onEdit }: { place?: Placed; onEdit: (place: Placed) => void }) {
  const { t } = useTranslation('admin');
  if (!place) return <Tag color="orange">{t('roles.inDraft')}</Tag>;
  return <Button size="small" icon={<EditOutlined />} onClick={() => onEdit(place)}>{t('common:edit')}</Button>;
}

interface GrantProps { number: number; grant: SightGrant; roles: RoleInfo[]; told: boolean; children: React.ReactNode }

function Grant({ number, grant, roles, told, children }: GrantProps) {
  const { t } = useTranslation('admin');
  const { units } = useUnits();
  const role = roles.find((one) => one.name === grant.role)?.label ?? grant.role;
  const unit = units.data?.find((one) => one.id === grant.unit)?.name;
  return (
    <li className="panel grant">
      <b className="tabular">#{number}</b>
      {told && <span>{role}{unit ? ` · ${unit}` : ''}</span>}
      <Scope rows={grant.rows} when={grant.when} />
      <span className="grow">{grant.actions.map((action) => t(`roles.action.${action}`)).join(' · ')}</span>
      {children}
    </li>
  );
}
