// What the definitions say about this record now: warnings with their way out, and what to do next.
import { BulbOutlined, CloseCircleFilled, ExclamationCircleFilled, InfoCircleFilled } from '@ant-design/icons';
import { Button, Tooltip } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Hint, Offer } from '@/shared/api/types.ts';

const CreateDrawer = lazy(() => import('./CreateDrawer.tsx'));

interface Props { warnings: Hint[]; suggestions: Hint[]; title: string; onEdit: (field: string) => void }

const ORDER = { high: 0, medium: 1, low: 2 } as const;
const rank = (hint: Hint) => ORDER[hint.severity ?? 'low'];

export function Hints({ warnings, suggestions, title, onEdit }: Props) {
  const { t } = useTranslation('record');
  const [making, setMaking] = useState<Offer | null>(null);
  const [all, setAll] = useState(false);
  const sorted = [...warnings].sort((a, b) => rank(a) - rank(b));
  const shown = all ? sorted : sorted.slice(0, 1);
  const take = (offer: Offer) => {
    if (offer.create) setMaking(offer);
    else if (offer.edit?.[0]) onEdit(offer.edit[0]);
  };
  if (warnings.length + suggestions.length === 0) return null;
  return (
    <div className="hints">
      {shown.length > 0 && (
        <ul className="warnings" aria-label={t('hints.warnings')}>
          {shown.map((hint, index) => (
            <li key={hint.code} className={`warning warning-${hint.severity ?? 'low'}`}>
              <Icon severity={hint.severity} />
              <span className="hint-text"><b>{hint.message}</b>{hint.reason && <small>{hint.reason}</small>}</span>
              {hint.offer && <Button size="small" onClick={() => hint.offer && take(hint.offer)}>{hint.offer.label}</Button>}
              {index === 0 && sorted.length > 1 && <Button size="small" type="text" onClick={() => setAll(!all)}>{all ? t('hints.fewer') : t('hints.more', { count: sorted.length - 1 })}</Button>}
            </li>
          ))}
        </ul>
      )}
      {suggestions.length > 0 && (
        <ul className="suggestions" aria-label={t('hints.next')}>
          <li className="suggestions-head"><BulbOutlined /> {t('hints.next')}</li>
          {suggestions.map((hint) => (
            <li key={hint.code}>
              <Tooltip title={hint.reason}>
                {hint.offer ? <button type="button" onClick={() => hint.offer && take(hint.offer)}>{hint.message}</button> : <span>{hint.message}</span>}
              </Tooltip>
            </li>
          ))}
        </ul>
      )}
      {making?.create && (
        <Suspense fallback={null}>
          <CreateDrawer object={making.create} given={making.values} titles={titlesOf(making, title)} onClose={() => setMaking(null)} />
        </Suspense>
      )}
    </div>
  );
}

/** A value that is a link can only be to the record of this page. */
function titlesOf(offer: Offer, title: string): Record<string, string> {
  const links = Object.entries(offer.values ?? {}).filter(([, value]) => !!value && typeof value === 'object' && 'id' in value);
  return Object.fromEntries(links.map(([name]) => [name, title]));
}

function Icon({ severity }: { severity?: Hint['severity'] }) {
  if (severity === 'high') return <CloseCircleFilled />;
  return severity === 'medium' ? <ExclamationCircleFilled /> : <InfoCircleFilled />;
}
