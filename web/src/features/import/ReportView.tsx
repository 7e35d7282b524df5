// What a check or a run found: counts, reasons to filter by, the first refused rows.
import { DownloadOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { send } from '@/shared/api/http.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { saveBlob } from '@/shared/ui/saveBlob.ts';
import type { Target } from './plan.ts';
import { type ImportWhole, type Reason, type Report, reasons, rowsWith } from './report.ts';

interface Props { one: ImportWhole; report: Report; all: Target[] }

export function ReportView({ one, report, all }: Props) {
  const { t } = useTranslation('import');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const found = useMemo(() => reasons(report), [report]);
  useEffect(() => setChosen(new Set()), [report.bad]);
  const rows = rowsWith(report, chosen);
  const say = useSay(all, one);
  const toggle = (key: string) => {
    const next = new Set(chosen);
    if (!next.delete(key)) next.add(key);
    setChosen(next);
  };
  return (
    <>
      <Counts report={report} past={one.state !== 'checked'} />
      {report.unreadable && <p className="imp-stop panel imp-card" role="alert">{t('stopped', { reason: report.unreadable.message })}</p>}
      {report.bad > 0 && (
        <section className="panel imp-card" aria-label={t('badRows')}>
          <div className="imp-bad-head">
            <h2>{t('badRows')}</h2><span className="muted tabular">{t('rows', { count: report.bad })}</span><span className="imp-gap" />
            <Download id={one.id} name={one.name} />
          </div>
          <div className="imp-reasons" role="group" aria-label={t('byReason')}>
            {found.map((reason) => (
              <button key={reason.key} type="button" aria-pressed={chosen.has(reason.key)} onClick={() => toggle(reason.key)}>
                {say(reason)}<b className="tabular">{reason.count}</b>
              </button>
            ))}
            {chosen.size > 0 && <Button size="small" type="link" onClick={() => setChosen(new Set())}>{t('allReasons')}</Button>}
          </div>
          {rows.length === 0 ? <p className="muted">{t('notAmongFirst', { count: report.first_bad.length })}</p> : (
            <div className="imp-rows" role="region" aria-label={t('reasonTitle')} tabIndex={0}>
              <table>
                <thead><tr><th scope="col">{t('line')}</th><th scope="col">{t('reasonTitle')}</th></tr></thead>
                <tbody>
                  {rows.map((row) => (
                    <tr key={row.line}><td className="tabular">{row.line}</td><td>{row.violations.map((cell) => cell.message).join(t('semicolon'))}</td></tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
          {report.bad > report.first_bad.length && <p className="muted">{t('firstOnly', { count: report.first_bad.length })}</p>}
        </section>
      )}
    </>
  );
}

/** Names a reason: the column as the file calls it, or the field, and what is wrong. */
function useSay(all: Target[], one: ImportWhole) {
  const { t, i18n } = useTranslation('import');
  return (reason: Reason) => {
    const label = one.plan.columns.find((column) => column.field === reason.field)?.header || all.find((target) => target.key === reason.field)?.label;
    const known = i18n.exists(`import:reason.${reason.code}`);
    if (!known) return reason.example ?? t('reasonOther', { label: label ?? t('wholeRow') });
    return t('reasonOf', { label: label ?? t('wholeRow'), what: t(`reason.${reason.code}`) });
  };
}

function Counts({ report, past }: { report: Report; past: boolean }) {
  const { t } = useTranslation('import');
  const figures: [string, number][] = [
    ['rows', report.rows],
    [past ? 'created' : 'toCreate', report.created],
    [past ? 'updated' : 'toUpdate', report.updated],
    ['unchanged', report.unchanged],
    ['bad', report.bad],
  ];
  return (
    <dl className="panel imp-counts">
      {figures.map(([key, value]) => (
        <div key={key} className={key === 'bad' && value > 0 ? 'imp-count-bad' : undefined}><dt>{t(`figure.${key}`)}</dt><dd className="tabular">{value.toLocaleString('en-US')}</dd></div>
      ))}
    </dl>
  );
}

function Download({ id, name }: { id: string; name: string }) {
  const { t } = useTranslation('import');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const go = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await saveBlob(await send(`imports/${id}/errors`), `${name}.csv`);
    } catch (error) {
      setProblem(error);
    }
    setBusy(false);
  };
  return (
    <>
      <Button icon={<DownloadOutlined />} loading={busy} onClick={() => void go()}>{t('download')}</Button>
      {problem !== null && <Failure error={problem} />}
    </>
  );
}
