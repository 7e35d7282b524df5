// Two records side by side: which one stays, and field by field whose value it has.
import { LeftOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { Alert, App, Button, Input, Skeleton } from 'antd';
import { useId, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { may } from '@/meta/definitions.ts';
import { Show } from '@/meta/fields/Show.tsx';
import { plainTitle } from '@/meta/titles.ts';
import { call } from '@/shared/api/http.ts';
import type { ObjectDef, RecordView } from '@/shared/api/types.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { ApartDialog } from './ApartDialog.tsx';
import { filling, fuller, type Row, rows } from './model.ts';
import { useRefreshAll, useTwo } from './useMerges.ts';

const MOST = 500;

export function Compare({ object, ids, onBack }: { object: ObjectDef; ids: [string, string]; onBack: () => void }) {
  const { t } = useTranslation('merge');
  const two = useTwo(object.name, ids);
  const [one, other] = two.data ?? [];
  return (
    <>
      <header className="merge-head">
        <Button size="small" type="text" icon={<LeftOutlined />} onClick={onBack}>{t('back')}</Button>
        <h1>{t('compareTitle')}</h1>
      </header>
      {two.error && <Failure error={two.error} onRetry={() => void two.refetch()} />}
      {one && other ? <Sides object={object} one={one} other={other} onBack={onBack} /> : !two.error && <Skeleton active className="panel merge-wait" />}
    </>
  );
}

function Sides({ object, one, other, onBack }: { object: ObjectDef; one: RecordView; other: RecordView; onBack: () => void }) {
  const { t } = useTranslation('merge');
  const [kept, setKept] = useState(() => fuller(object, one, other).id);
  const [winner, loser] = kept === one.id ? [one, other] : [other, one];
  const list = useMemo(() => rows(object, winner, loser), [object, winner, loser]);
  const [chosen, setChosen] = useState<ReadonlySet<string> | null>(null);
  const taken = useMemo(() => chosen ?? filling(list, winner, loser), [chosen, list, winner, loser]);
  const [whole, setWhole] = useState(false);
  const [apart, setApart] = useState(false);
  const mergeable = may(object, 'merge');
  const title = (record: RecordView) => plainTitle(record, object.title);
  const different = list.filter((row) => !row.same).length;
  const keep = (id: string) => {
    setKept(id);
    setChosen(null);
  };
  const take = (field: string, from: string) => {
    const next = new Set(taken);
    if (from === winner.id) next.delete(field);
    else next.add(field);
    setChosen(next);
  };
  return (
    <>
      {!mergeable && <Alert type="info" showIcon title={t('noRight')} />}
      <div className="panel merge-compare">
        <table>
          <thead>
            <tr>
              <th scope="col">{t('differences', { count: different })}</th>
              {[one, other].map((record) => (
                <th key={record.id} scope="col" className={mergeable && record.id === kept ? 'merge-kept' : undefined}>
                  <Link to="/app/record/$object/$id" params={{ object: object.name, id: record.id }} preload={false}>{title(record)}</Link>
                  {mergeable && <label className="merge-keep"><input type="radio" name="merge-kept" checked={record.id === kept} onChange={() => keep(record.id)} /> {record.id === kept ? t('keeping') : t('keep')}</label>}
                  {mergeable && record.id !== kept && <small className="muted">{t('goes')}</small>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {list.filter((row) => whole || !row.same).map((row) => (
              <Line key={row.field.name} row={row} sides={[one, other]} mergeable={mergeable} winner={winner.id} taken={taken.has(row.field.name)} onTake={(from) => take(row.field.name, from)} />
            ))}
          </tbody>
        </table>
        <Button type="link" onClick={() => setWhole(!whole)}>{whole ? t('hideSame') : t('showSame', { count: list.length - different })}</Button>
      </div>
      {mergeable && <Decision object={object} winner={winner} loser={loser} taken={[...taken]} title={title} onApart={() => setApart(true)} />}
      {apart && <ApartDialog object={object.name} records={[one.id, other.id]} onClose={() => setApart(false)} onDone={onBack} />}
    </>
  );
}

function Line({ row, sides, winner, taken, mergeable, onTake }: { row: Row; sides: [RecordView, RecordView]; winner: string; taken: boolean; mergeable: boolean; onTake: (from: string) => void }) {
  const { t } = useTranslation('merge');
  const { field, same, takeable } = row;
  const choice = mergeable && takeable && !same;
  return (
    <tr className={same ? 'merge-same' : undefined}>
      <th scope="row">{field.label}{mergeable && !same && !takeable && <small className="muted">{t('fixed')}</small>}</th>
      {sides.map((record) => {
        const here = (record.id === winner) !== taken;
        const value = <Show field={field} value={record.values[field.name]} record={record} plain />;
        return (
          <td key={record.id} className={choice && here ? 'merge-taken' : undefined}>
            {choice ? (
              <label>
                <input type="radio" name={`take-${field.name}`} aria-label={t('takeFrom', { field: field.label })} checked={here} onChange={() => onTake(record.id)} />
                <span>{value}</span>
              </label>
            ) : value}
          </td>
        );
      })}
    </tr>
  );
}

interface DecisionProps { object: ObjectDef; winner: RecordView; loser: RecordView; taken: string[]; title: (record: RecordView) => string; onApart: () => void }

function Decision({ object, winner, loser, taken, title, onApart }: DecisionProps) {
  const { t } = useTranslation('merge');
  const { modal } = App.useApp();
  const refresh = useRefreshAll();
  const id = useId();
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState<unknown>(null);
  const [done, setDone] = useState(false);
  // One key an attempt: pressing twice, or a retry on a bad line, merges once.
  const [key, setKey] = useState(() => crypto.randomUUID());
  const merge = async () => {
    setProblem(null);
    try {
      await call(`records/${object.name}/${winner.id}/merge`, {
        method: 'POST', key, body: { loser: loser.id, take: taken, version: winner.version, loser_version: loser.version, reason: reason.trim() || undefined },
      });
      setDone(true);
      refresh();
    } catch (error) {
      setKey(crypto.randomUUID());
      setProblem(error);
    }
  };
  const ask = () => void modal.confirm({
    title: t('mergeAsk', { loser: title(loser), winner: title(winner) }), content: t('mergeHint', { loser: title(loser), winner: title(winner), count: taken.length }),
    okText: t('merge'), cancelText: t('common:cancel'), onOk: merge,
  });
  if (done) {
    return (
      <Alert
        type="success" showIcon title={t('merged', { title: title(winner) })}
        action={<Link to="/app/record/$object/$id" params={{ object: object.name, id: winner.id }}>{t('openMerged')}</Link>}
      />
    );
  }
  return (
    <div className="panel merge-decision">
      {problem !== null && <Failure error={problem} />}
      <label htmlFor={id} className="sr-only">{t('mergeReason')}</label>
      <Input id={id} value={reason} maxLength={MOST} placeholder={t('mergeReason')} onChange={(event) => setReason(event.target.value)} />
      <Button onClick={onApart}>{t('apart')}</Button>
      <Button type="primary" onClick={ask}>{t('merge')}</Button>
    </div>
  );
}
