// Sessions as lines: since when, last seen, from where.
import { useTranslation } from 'react-i18next';
import { instantText } from '@/meta/fields/moment.ts';
import { deviceOf } from './device.ts';

export interface SessionLine { id: string; created_at: string; last_seen: string; ip?: string | null; agent?: string | null }

export function SessionList({ sessions }: { sessions: SessionLine[] }) {
  const { t } = useTranslation('admin');
  if (sessions.length === 0) return <p className="muted">{t('sessions.none')}</p>;
  return (
    <div className="panel admin-scroll">
      <table className="admin-table admin-stacked">
        <thead><tr><th>{t('sessions.since')}</th><th>{t('sessions.seen')}</th><th>{t('sessions.ip')}</th><th>{t('sessions.agent')}</th></tr></thead>
        <tbody>
          {sessions.map((session) => (
            <tr key={session.id}>
              <td data-label={t('sessions.since')} className="nowrap tabular">{instantText(session.created_at)}</td>
              <td data-label={t('sessions.seen')} className="nowrap tabular">{instantText(session.last_seen)}</td>
              <td className="tabular">{session.ip ?? ''}</td>
              <td className="muted" title={session.agent ?? undefined}>{deviceOf(session.agent ?? '')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
