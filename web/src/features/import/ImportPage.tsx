// One import: its dry run, its run, its undo, each followed live.
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { App, Button, Progress as Bar, Skeleton } from 'antd';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { instantText } from '@/meta/fields/moment.ts';
import type { Job } from '@/shared/api/types.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { ReportView } from './ReportView.tsx';
import { State } from './State.tsx';
import { Steps } from './Steps.tsx';
import { type ImportWhole, MOVING, good, stepOf, written } from './report.ts';
import { type Task, useBegin, useImport, useJob, useTargets } from './useImports.ts';
import './texts.ts';
import './import.css';

export default function ImportPage() {
  const { id } = useParams({ from: '/app/imports/$id' });
  const { t } = useTranslation('import');
  const found = useImport(id);
  const one = found.data;
  const { object, all } = useTargets(one?.object);
  const moving = !!one && MOVING.has(one.state);
  const { job, task } = useJob(id, moving);
  useFreshAfter(one);
  if (found.error && !one) return <Failure error={found.error} onRetry={() => void found.refetch()} page />;
  if (!one) return <div className="imp-page"><Skeleton active paragraph={{ rows: 10 }} /></div>;
  const report = one.report && !moving ? one.report : null;
  return (
    <div className="imp-page">
      <header className="imp-head">
        <h1>{object ? t('titleOf', { label: object.label }) : t('title')}</h1>
        <State state={one.state} />
        <span className="imp-gap" />
        <Link to="/app/imports">{t('history')}</Link>
      </header>
      <Steps at={moving && task !== 'check' ? 3 : stepOf(one.state)} />
      <p className="imp-facts muted">
        <b>{one.name}</b><span>{t(`modes.${one.plan.mode}`)}</span>
        {one.plan.match_by.length > 0 && <span>{t('matchedBy', { names: one.plan.match_by.map((key) => all.find((target) => target.key === key)?.label ?? '').join(t('comma')) })}</span>}
        <time className="tabular" dateTime={one.created_at}>{instantText(one.created_at)}</time>
      </p>
      {moving && <Moving one={one} job={job} task={task} />}
      {one.state === 'undone' && one.report ? <Undone one={one} /> : report && (
        <>
          {one.state === 'checked' && <p className="imp-lead">{t(report.bad > 0 ? 'leadSome' : 'leadAll', { count: good(report) })}</p>}
          <ReportView one={one} report={report} all={all} />
        </>
      )}
      {one.state === 'ready' && <p className="panel imp-card">{t('leadReady')}</p>}
      <Actions one={one} job={job} label={object?.label ?? ''} />
    </div>
  );
}

/** What a run or an undo changed is read anew by every other page. */
function useFreshAfter(one: ImportWhole | undefined) {
  const queries = useQueryClient();
  const state = one?.state;
  const before = useRef(state);
  useEffect(() => {
    if (before.current === 'running' && state !== 'running') {
      void queries.invalidateQueries({ predicate: ({ queryKey: [kind] }) => kind !== 'definition' && kind !== 'import' && kind !== 'job' });
    }
    before.current = state;
  }, [state, queries]);
}

function Moving({ one, job, task }: { one: ImportWhole; job?: Job; task?: Task }) {
  const { t } = useTranslation('import');
  const done = Math.max(job?.done ?? 0, task === 'run' ? one.progress.rows : 0);
  const total = job?.total ?? (task === 'run' ? one.report?.rows : undefined);
  const dead = job?.state === 'dead' || job?.state === 'cancelled';
  const doing = t(`doing.${task ?? 'any'}`);
  const { created, updated, bad } = one.progress;
  return (
    <section className="panel imp-card imp-moving" role="status" aria-live="polite">
      <h2>{dead ? t('jobDead') : doing}</h2>
      {total ? <Bar percent={Math.min(99, Math.floor((done * 100) / total))} status={dead ? 'exception' : 'active'} /> : <div className="imp-sweep" aria-hidden><i /></div>}
      <p className="tabular">{total ? t('doneOf', { done, total }) : t('doneRows', { done })}</p>
      {task === 'run' && one.progress.rows > 0 && <p className="muted tabular">{t('soFar', { created, updated, bad })}</p>}
      <p className="muted">{t('mayLeave')}</p>
    </section>
  );
}

function Undone({ one }: { one: ImportWhole }) {
  const { t } = useTranslation('import');
  const { undone = 0, kept = 0 } = one.report ?? {};
  return (
    <>
      <dl className="panel imp-counts">
        <div><dt>{t('figure.undone')}</dt><dd className="tabular">{undone.toLocaleString('en-US')}</dd></div>
        <div><dt>{t('figure.kept')}</dt><dd className="tabular">{kept.toLocaleString('en-US')}</dd></div>
      </dl>
      <p className="imp-lead">{t(kept > 0 ? 'undoneSome' : 'undoneAll')}</p>
    </>
  );
}

function Actions({ one, job, label }: { one: ImportWhole; job?: Job; label: string }) {
  const { t } = useTranslation('import');
  const { modal } = App.useApp();
  const navigate = useNavigate();
  const { start, busy, problem } = useBegin(one.id);
  const dead = one.state === 'running' && (job?.state === 'dead' || job?.state === 'cancelled');
  const wrote = written(one.progress);
  const undo = () => modal.confirm({
    title: t('undoTitle'),
    content: t('undoHint', { created: one.progress.created, updated: one.progress.updated }),
    okText: t('undo'), cancelText: t('common:cancel'), okButtonProps: { danger: true },
    onOk: () => start('undo'),
  });
  const change = <Button onClick={() => void navigate({ to: '/app/imports/new', search: { from: one.id } })}>{t(one.state === 'done' || one.state === 'undone' ? 'again' : 'change')}</Button>;
  const list = <Button onClick={() => void navigate({ to: '/app/list/$object', params: { object: one.object }, search: {} })}>{t('toList', { label })}</Button>;
  const count = one.report ? good(one.report) : 0;
  const buttons = {
    ready: <>{change}<Button type="primary" loading={busy} onClick={() => void start('check')}>{t('check')}</Button></>,
    checked: <>{change}<Button type="primary" disabled={count === 0} loading={busy} onClick={() => void start('run')}>{t('run', { count })}</Button></>,
    running: dead ? <Button type="primary" loading={busy} onClick={() => void start(resumable(one))}>{t('common:retry')}</Button> : null,
    done: <>{wrote > 0 && <Button danger loading={busy} onClick={undo}>{t('undo')}</Button>}{change}{list}</>,
    failed: <>{wrote > 0 && <Button danger loading={busy} onClick={undo}>{t('undo')}</Button>}{change}</>,
    undone: <>{change}{list}</>,
  }[one.state];
  return (
    <>
      {problem !== null && <Failure error={problem} />}
      {buttons && <footer className="imp-bar"><span className="imp-gap" />{buttons}</footer>}
    </>
  );
}

/** What a dead job was most likely at: a run leaves finished chunks behind. */
const resumable = (one: ImportWhole): Task => (one.progress.chunks > 0 ? 'run' : 'check');
