// What becomes of a row: a new record, a change of a known one, or either.
import { Checkbox, Radio, Select } from 'antd';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { type Draft, type Mode, type Target, matchable, setMode } from './plan.ts';

interface Props { draft: Draft; all: Target[]; actions: string[]; onChange: (draft: Draft) => void }

const NEEDS: Record<Mode, string[]> = { create: ['create'], update: ['update'], upsert: ['create', 'update'] };
const MODES: Mode[] = ['create', 'update', 'upsert'];

export function ModeForm({ draft, all, actions, onChange }: Props) {
  const { t } = useTranslation('import');
  const id = useId();
  const may = (mode: Mode) => NEEDS[mode].every((action) => actions.includes(action));
  const keys = matchable(draft, all);
  return (
    <section className="panel imp-card imp-mode" aria-label={t('mode')}>
      <h2>{t('mode')}</h2>
      <Radio.Group value={draft.mode} onChange={(event) => onChange(setMode(draft, event.target.value as Mode, all))} className="imp-modes" aria-label={t('mode')}>
        {MODES.map((mode) => (
          <Radio key={mode} value={mode} disabled={!may(mode)}><b>{t(`modes.${mode}`)}</b><small>{t(may(mode) ? `modeHints.${mode}` : 'modeDenied')}</small></Radio>
        ))}
      </Radio.Group>
      {draft.mode !== 'create' && (
        <>
          <label htmlFor={`${id}-match`}>{t('match')}</label>
          <Select
            id={`${id}-match`} mode="multiple" value={draft.matchBy} placeholder={t('matchHint')} status={draft.matchBy.length === 0 ? 'error' : undefined}
            options={keys.map((target) => ({ value: target.key, label: target.field.unique ? t('uniqueField', { label: target.label }) : target.label }))}
            onChange={(matchBy: string[]) => onChange({ ...draft, matchBy })}
          />
          <p className="muted">{t('matchNote')}</p>
          <Checkbox checked={draft.clearEmpty} onChange={(event) => onChange({ ...draft, clearEmpty: event.target.checked })}>{t('clearEmpty')}</Checkbox>
        </>
      )}
    </section>
  );
}
