// One entry in full: who, what, before and after, and the proof of it.
import { Drawer, Space } from 'antd';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useUserNames } from '@/features/record/useUserNames.ts';
import { useObjects } from '@/meta/definitions.ts';
import { instantText } from '@/meta/fields/moment.ts';
import { Show } from '@/meta/fields/Show.tsx';
import type { AuditEntry, Field, Json } from '@/shared/api/types.ts';
import { usePhone } from '@/shared/ui/useMedia.ts';
import { useLabels } from '../labels.ts';
import { useUnits } from '../useUnits.ts';
import { ProofButton } from './Integrity.tsx';
import { type AuditFilter, type Change, isSealed, told } from './model.ts';
import { useKindLabel } from './useKindLabel.ts';

interface Props { entry: AuditEntry; who?: string; onClose: () => void; onNarrow: (change: AuditFilter) => void }

const WORDS = new Set(['ip', 'request', 'schema', 'key', 'on_behalf_of', 'cause', 'code', 'command', 'path', 'version', 'note', 'changes', 'field', 'purpose', 'rows', 'failures', 'until', 'second_factor', 'must_change', 'job', 'kind', 'users', 'size', 'name']);

export function EntryDrawer({ entry, who, onClose, onNarrow }: Props) {
  const { t } = useTranslation('admin');
  const kind = useKindLabel();
  const visible = useObjects()?.objects.find((object) => object.name === entry.object);
  const labels = useLabels();
  const fields = labels.object(entry.object)?.fields ?? [];
  const phone = usePhone();
  const { changes, reason, facts } = told(entry);
  return (
    <Drawer open onClose={onClose} title={`${kind(entry.kind)} · ${t('audit.entry', { number: entry.number })}`} size={phone ? '100%' : 620}>
      <div className="stack">
        <dl className="facts">
          <dt>{t('audit.at')}</dt><dd className="tabular">{instantText(entry.at, true)}</dd>
          <dt>{t('audit.actor')}</dt><dd>{who ?? t('audit.system')} {entry.actor && <button type="button" className="link-button" onClick={() => onNarrow({ actor: entry.actor ?? '' })}>{t('audit.onlyThis')}</button>}</dd>
          {entry.object && <><dt>{t('audit.object')}</dt><dd>{labels.of(entry.object)}</dd></>}
          {entry.record && (
            <>
              <dt>{t('audit.record')}</dt>
              <dd>
                {visible && entry.object ? <Link to="/app/record/$object/$id" params={{ object: entry.object, id: entry.record }} className="code">{entry.record}</Link> : <span className="code">{entry.record}</span>}
                {' '}<button type="button" className="link-button" onClick={() => onNarrow({ record: entry.record ?? '' })}>{t('audit.onlyThis')}</button>
              </dd>
            </>
          )}
          {reason && <><dt>{t('audit.reason')}</dt><dd>{reason}</dd></>}
          {facts.map(([name, value]) => (
            <Fact key={name} name={WORDS.has(name) ? t(`audit.facts.${name}`) : name} value={value} />
          ))}
        </dl>
        {changes.length > 0 && <Changes changes={changes} fields={fields} />}
        <Space wrap>
          {entry.record && <ProofButton record={entry.record} />}
        </Space>
        <details>
          <summary>{t('audit.raw')}</summary>
          <pre className="code">{JSON.stringify(entry.body, null, 2)}</pre>
        </details>
      </div>
    </Drawer>
  );
}

function Fact({ name, value }: { name: string; value: Json }) {
  const { t } = useTranslation();
  const text = typeof value === 'boolean' ? t(value ? 'yes' : 'no') : typeof value === 'object' ? null : String(value);
  const lines = Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{text ?? (lines ? <ul>{lines.map((line) => <li key={line}>{line}</li>)}</ul> : <span className="code">{JSON.stringify(value)}</span>)}</dd>
    </>
  );
}

function Changes({ changes, fields }: { changes: Change[]; fields: Field[] }) {
  const { t } = useTranslation('admin');
  const fresh = changes.every((change) => change.created);
  const fieldOf = (name: string) => fields.find((field) => field.name === name);
  const ids = (type: string) => changes.filter((change) => fieldOf(change.field)?.type === type).flatMap((change) => [change.before, change.after]).filter((value): value is string => typeof value === 'string');
  const users = useUserNames(ids('user'));
  const units = useUnits().units.data;
  const title = (value: Json | undefined) => (typeof value === 'string' ? users(value) ?? units?.find((unit) => unit.id === value)?.name : undefined);
  return (
    <div className="panel admin-scroll">
      <table className="admin-table">
        <thead><tr><th>{t('audit.field')}</th>{!fresh && <th>{t('audit.before')}</th>}<th>{t(fresh ? 'audit.value' : 'audit.after')}</th></tr></thead>
        <tbody>
          {changes.map((change) => (
            <tr key={change.field}>
              <td title={change.field}>{fieldOf(change.field)?.label ?? change.field}</td>
              {!fresh && <td><Value field={fieldOf(change.field)} value={change.before} title={title(change.before)} /></td>}
              <td><Value field={fieldOf(change.field)} value={change.after} title={title(change.after)} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Value({ field, value, title }: { field?: Field; value?: Json; title?: string }) {
  const { t } = useTranslation('admin');
  if (isSealed(value)) return <span className="muted" title={t('audit.sealedHint')}>{t('audit.sealed')}</span>;
  if (title) return <span>{title}</span>;
  if (field) return <Show field={field} value={value} plain />;
  if (value === null || value === undefined) return <span className="muted">—</span>;
  if (typeof value === 'boolean') return <span>{t(value ? 'common:yes' : 'common:no')}</span>;
  return <span>{typeof value === 'object' ? JSON.stringify(value) : String(value)}</span>;
}
