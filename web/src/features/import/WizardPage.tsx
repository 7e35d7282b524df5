// Setting an import up: the object and the file, then how its columns go into fields. Nothing is
// written before the last step of another page, where the import itself stands.
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Button, Skeleton } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useObjects } from '@/meta/definitions.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { FileStep } from './FileStep.tsx';
import { FormatBar } from './FormatBar.tsx';
import { Mapping } from './Mapping.tsx';
import { ModeForm } from './ModeForm.tsx';
import { Steps } from './Steps.tsx';
import { Violations } from './Violations.tsx';
import { type Draft, type Format, type Gap, blocks, draftFrom, draftOf, gaps, mappedCount, toPlan } from './plan.ts';
import type { ImportWhole } from './report.ts';
import { begin, prepare, useAnalysis, useImport, useImportable, useTargets } from './useImports.ts';
import './texts.ts';
import './import.css';

export default function WizardPage() {
  const { t } = useTranslation('import');
  const search = useSearch({ from: '/app/imports/new' });
  const navigate = useNavigate();
  const objects = useImportable();
  const known = useObjects() !== undefined;
  const earlier = useImport(search.from);
  const object = search.object ?? earlier.data?.object;
  const file = search.file ?? earlier.data?.file;
  const entry = objects.find((entry) => entry.name === object);
  const go = (next: typeof search) => void navigate({ to: '/app/imports/new', search: next, replace: true });
  if (!known || (search.from && earlier.isPending)) return <div className="imp-page"><Skeleton active paragraph={{ rows: 10 }} /></div>;
  return (
    <div className="imp-page">
      <header className="imp-head">
        <h1>{entry ? t('titleOf', { label: entry.label }) : t('title')}</h1>
        <Button type="link" onClick={() => void navigate({ to: '/app/imports' })}>{t('history')}</Button>
      </header>
      <Steps at={entry && file ? 1 : 0} />
      {earlier.error && <Failure error={earlier.error} />}
      {objects.length === 0 ? <p className="panel imp-card">{t('none')}</p>
        : entry && file ? (
          <SetUp
            key={`${object}:${file}`} object={entry.name} actions={entry.actions} file={file} name={search.name ?? earlier.data?.name ?? ''} earlier={earlier.data}
            onBack={() => go({ object: entry.name })}
          />
        ) : (
          <FileStep
            objects={objects} object={entry?.name} onObject={(name) => go({ object: name })}
            onFile={(sent) => go({ object: entry?.name, file: sent.id, name: sent.name })}
          />
        )}
    </div>
  );
}

interface Props { object: string; actions: string[]; file: string; name: string; earlier?: ImportWhole; onBack: () => void }

function SetUp({ object, actions, file, name, earlier, onBack }: Props) {
  const { t } = useTranslation('import');
  const navigate = useNavigate();
  const { all } = useTargets(object);
  const [chosen, setChosen] = useState<Format | undefined>(earlier?.plan.format);
  const [draft, setDraft] = useState<Draft | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const plan = useRef(earlier?.plan);
  const analysis = useAnalysis(object, file, chosen);
  const found = analysis.data;
  useEffect(() => {
    if (!found) return;
    const before = plan.current;
    plan.current = undefined;
    setDraft((draft) => (before ? draftFrom(found, before) : draftOf(found, draft ?? undefined)));
  }, [found]);

  const format = chosen ?? found?.format;
  const missing = draft ? gaps(draft, all) : [];
  const stuck = !draft || !found || missing.some(blocks);
  const start = async () => {
    if (!draft) return;
    setBusy(true);
    setProblem(null);
    try {
      const made = await prepare(file, name, toPlan(object, draft));
      // When the check does not start, the import's own page offers it again.
      await begin(made.id, 'check').catch(() => undefined);
      void navigate({ to: '/app/imports/$id', params: { id: made.id } });
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };
  return (
    <>
      {format && <FormatBar name={name} format={format} draft={draft} onFormat={setChosen} onHeaderRow={(headerRow) => setDraft((draft) => draft && { ...draft, headerRow })} />}
      {analysis.error && <Violations error={analysis.error} onRetry={() => void analysis.refetch()} />}
      {draft ? (
        <div className={`imp-split${found ? '' : ' imp-stale'}`}>
          <Mapping draft={draft} all={all} duplicates={found?.duplicate_headers ?? []} onChange={setDraft} />
          <ModeForm draft={draft} all={all} actions={actions} onChange={setDraft} />
        </div>
      ) : !analysis.error && <div className="panel imp-card"><Skeleton active paragraph={{ rows: 8 }} /></div>}
      {problem !== null && <Violations error={problem} />}
      <footer className="imp-bar">
        <div className="imp-bar-text" role="status">
          {draft && <b>{t('mapped', { count: mappedCount(draft), of: draft.columns.length })}</b>}
          {missing.map((gap) => <Missing key={gap.kind} gap={gap} />)}
        </div>
        <Button onClick={onBack}>{t('otherFile')}</Button>
        <Button type="primary" disabled={stuck} loading={busy} onClick={() => void start()}>{t('check')}</Button>
      </footer>
    </>
  );
}

function Missing({ gap }: { gap: Gap }) {
  const { t } = useTranslation('import');
  if (gap.kind === 'required') return <span className="imp-warn">{t('gap.required', { names: gap.labels.join(t('comma')) })}</span>;
  return <span className="imp-stop">{t(`gap.${gap.kind}`)}</span>;
}
