// All roles side by side: which role may do what with which object.
import { Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLabels } from '../labels.ts';
import { ACTIONS, found, type RoleInfo } from './model.ts';

interface Props { roles: RoleInfo[]; onOpen: (role: string, object: string) => void }

export function Across({ roles, onOpen }: Props) {
  const { t } = useTranslation('admin');
  const [find, setFind] = useState('');
  const [action, setAction] = useState<string>();
  const labels = useLabels();
  const granted = new Set(roles.flatMap((role) => Object.keys(role.objects)));
  const objects = found(labels.objects.filter((object) => granted.has(object.name)), find);
  const letters = (actions: string[] = []) => ACTIONS.filter((one) => actions.includes(one) && (!action || one === action));
  return (
    <>
      <div className="admin-bar">
        <Input allowClear aria-label={t('definitions.find')} placeholder={t('definitions.find')} value={find} onChange={(event) => setFind(event.target.value)} />
        <Select allowClear aria-label={t('roles.actions')} placeholder={t('roles.actions')} value={action} onChange={setAction} options={ACTIONS.map((one) => ({ value: one, label: t(`roles.action.${one}`) }))} />
      </div>
      <div className="panel admin-scroll roles-across" tabIndex={0} role="region" aria-label={t('roles.by.all')}>
        <table className="admin-table">
          <thead><tr><th>{t('audit.object')}</th>{roles.map((role) => <th key={role.name} scope="col">{role.label}</th>)}</tr></thead>
          <tbody>
            {objects.map((object) => (
              <tr key={object.name}>
                <th scope="row">{object.label}</th>
                {roles.map((role) => {
                  const may = letters(role.objects[object.name]);
                  return (
                    <td key={role.name}>
                      {may.length > 0 && <button type="button" className="link" onClick={() => onOpen(role.name, object.name)}>{may.map((one) => t(`roles.short.${one}`)).join(' ')}</button>}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
        {labels.objects.length > 0 && objects.length === 0 && <p className="admin-empty">{t('roles.noneFound')}</p>}
      </div>
      <p className="muted">{ACTIONS.map((one) => `${t(`roles.short.${one}`)} ${t(`roles.action.${one}`)}`).join(' · ')}</p>
    </>
  );
}
