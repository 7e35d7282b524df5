// One's own requests about an object that still matter: those that wait, and those whose file may be taken.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { grouped } from '@/meta/fields/amount.ts';
import RequestDialog from './RequestDialog.tsx';
import { type ExportRequest, ready, useExportRequests } from './requests.ts';
import { State } from './State.tsx';
import './texts.ts';
import './exports.css';

export function OwnRequests({ object }: { object: string }) {
  const { t } = useTranslation('exports');
  const [shown, setShown] = useState<ExportRequest>();
  const asked = useExportRequests('asked');
  const now = Date.now();
  const live = (asked.data ?? []).filter((request) => request.object === object && (request.state === 'open' || ready(request, now)));
  if (live.length === 0) return null;
  return (
    <section className="export-own">
      <h3>{t('mine')}</h3>
      <ul>
        {live.map((request) => (
          <li key={request.id}>
            <button type="button" onClick={() => setShown(request)}>
              <span>{request.purpose} <span className="muted tabular">{t('lines', { rows: grouped(String(request.rows)) })}</span></span>
              <State request={request} />
            </button>
          </li>
        ))}
      </ul>
      {shown && <RequestDialog request={shown} answers={false} onClose={() => setShown(undefined)} />}
    </section>
  );
}
