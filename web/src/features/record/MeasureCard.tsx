// A number over what refers to a record: one figure, or a bar a group with its figure in words.
import type { CSSProperties } from 'react';
import { useTranslation } from 'react-i18next';
import { short } from '@/meta/fields/amount.ts';
import { portion, total } from '@/meta/fields/exact.ts';
import { Show } from '@/meta/fields/Show.tsx';
import { useFieldAt } from '@/meta/useFieldAt.ts';
import type { Json, Measure } from '@/shared/api/types.ts';

export function MeasureCard({ measure }: { measure: Measure }) {
  const groups = measure.groups ?? [];
  const most = Math.max(1, ...groups.map((group) => magnitude(group.measures.value)));
  const whole = groups.length > 1 && groups.every((group) => !amountOf(group.measures.value).startsWith('-')) ? total(groups.map((group) => amountOf(group.measures.value))) : null;
  return (
    <section className="measure panel">
      <h2>{measure.label}</h2>
      {measure.groups ? (
        <dl>
          {groups.map((group) => (
            <div key={JSON.stringify(group.keys)}>
              <dt>{Object.entries(group.keys).map(([path, value]) => <Key key={path} from={measure.from} path={path} value={value} />)}</dt>
              <dd style={{ '--share': `${(magnitude(group.measures.value) * 100) / most}%` } as CSSProperties}><Figure value={group.measures.value} currency={measure.currency} />{whole !== null && <small className="measure-part tabular">{portion(amountOf(group.measures.value), whole) ?? '0'}%</small>}</dd>
            </div>
          ))}
        </dl>
      ) : <p className="measure-figure"><Figure value={measure.value} currency={measure.currency} /></p>}
    </section>
  );
}

/** How long a bar is: a drawing, for which a rounded number is enough. */
function magnitude(value: Json | undefined): number {
  const number = Math.abs(Number(amountOf(value)));
  return Number.isFinite(number) ? number : 0;
}

function amountOf(value: Json | undefined): string {
  if (value && typeof value === 'object' && !Array.isArray(value)) return String(value.amount ?? '0');
  return String(value ?? '0');
}

function Figure({ value, currency }: { value: Json | undefined; currency?: string }) {
  const { t } = useTranslation();
  const amount = amountOf(value);
  const { text, scale } = short(amount);
  return <span className="tabular" title={`${amount} ${currency ?? ''}`.trim()}>{text}<small className="scale">{scale === 'plain' ? '' : t(`first:unit.${scale}`)}</small></span>;
}

function Key({ from, path, value }: { from: string; path: string; value: Json }) {
  const field = useFieldAt(from.split('.')[0] ?? '', path);
  return field ? <Show field={field} value={value} plain /> : <span>{String(value ?? '—')}</span>;
}
