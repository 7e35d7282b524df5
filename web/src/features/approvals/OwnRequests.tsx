// One's own requests to export an object that still matter: those that wait, and those whose file may be taken.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { grouped } from '@/meta/fields/amount.ts';
import RequestDialog from './RequestDialog.tsx';
import { type Approval, ready, useApprovals } from './requests.ts';
import { State } from './State.tsx';
import './texts.ts';
import './approvals.css';

export function OwnRequests({ object }: { object: string }) {
  const { t } = useTranslation('approvals');
  const [shown, setShown] = useState<Approval>();
  const asked = useApprovals('asked');
  const now = Date.now();
  const live = (asked.data ?? []).filter((approval) => approval.export && approval.object === object && (approval.state === 'open' || ready(approval, now)));
  if (live.length === 0) return null;
  return (
    <section className="approval-own">
      <h3>{t('mine')}</h3>
      <ul>
        {live.map((approval) => (
          <li key={approval.id}>
            <button type="button" onClick={() => setShown(approval)}>
              <span>{approval.purpose} <span className="muted tabular">{t('lines', { rows: grouped(String(approval.export?.rows ?? 0)) })}</span></span>
              <State approval={approval} />
            </button>
          </li>
        ))}
      </ul>
      {shown && <RequestDialog approval={shown} answers={false} onClose={() => setShown(undefined)} />}
    </section>
  );
}
