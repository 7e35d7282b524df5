// A value as people read it, by the type of its field.
import { CheckCircleFilled, MinusCircleOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { Fragment, lazy, type ReactNode, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { Field, Json, Money, RecordView } from '@/shared/api/types.ts';
import { Tag } from '@/shared/ui/Tag.tsx';
import { useOptions } from '../definitions.ts';
import { amountText, grouped, trimmed } from './amount.ts';
import { percentText } from './percent.ts';
import { daysFromToday, instantText } from './moment.ts';
import { linkOf } from './links.ts';
import { useAmountUnit } from './unit.ts';
import './fields.css';

const FilePreview = lazy(() => import('./FilePreview.tsx'));

export interface ShowProps {
  field: Field;
  value: Json | undefined;
  /** The record it stands in, for titles and addresses. */
  record?: RecordView;
  /** Short forms: heads of pages, cards. */
  brief?: boolean;
  /** Without links: inside something that is pressed as a whole. */
  plain?: boolean;
}

export function isEmpty(value: Json | undefined): boolean {
  return value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T/;
const NUMBER = /^-?\d+(\.\d+)?$/;

export function Show(props: ShowProps): ReactNode {
  const { field, value } = props;
  if (isEmpty(value)) return <Nothing />;
  if (props.record?.masked.includes(field.name)) return <span className="masked tabular">{String(value)}</span>;
  switch (field.type) {
    case 'money': return <MoneyText {...props} />;
    case 'number': return <span className="tabular">{grouped(props.brief ? trimmed(String(value)) : String(value))}</span>;
    case 'percent': return <span className="tabular">{percentText(String(value))}</span>;
    case 'date': return <DateText value={String(value)} />;
    case 'date_time': return <span className="tabular">{instantText(String(value))}</span>;
    case 'boolean': return <YesNo value={value === true} />;
    case 'select': return <OptionText set={field.options} code={String(value)} />;
    case 'cascade': return <CascadeText set={field.options} code={String(value)} />;
    case 'multi_select': return <Several>{list(value).map((code) => <OptionText key={code} set={field.options} code={code} />)}</Several>;
    case 'tags': return <Several>{list(value).map((word) => <Tag key={word}>{word}</Tag>)}</Several>;
    case 'reference': case 'user': case 'org_unit': return <ReferenceText {...props} />;
    case 'formula': case 'roll_up': return <Worked value={value} />;
    case 'email': return <span className="plain">{String(value)}</span>;
    case 'phone': return <span className="tabular">{String(value)}</span>;
    case 'url': return props.plain ? <span className="plain">{String(value)}</span> : <SafeLink href={String(value)} />;
    case 'file': return <FileText {...props} />;
    case 'long_text': return <span className="long">{String(value)}</span>;
    case 'child_table': return <ChildCount value={value} />;
    default: return <span className="plain">{typeof value === 'object' ? JSON.stringify(value) : String(value)}</span>;
  }
}

function list(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

export function Nothing() {
  return <span className="nothing" aria-hidden="true">—</span>;
}

function Several({ children }: { children: ReactNode }) {
  return <span className="several">{children}</span>;
}

function MoneyText({ value, field, brief }: ShowProps) {
  const { t } = useTranslation();
  const [unit] = useAmountUnit();
  const money = value as unknown as Money;
  const amount = typeof value === 'object' ? money.amount : String(value);
  const currency = typeof value === 'object' ? money.currency : field.currency;
  const exact = `${grouped(amount)} ${currency ?? ''}`.trim();
  const foreign = currency && currency !== 'CNY' ? <small className="currency">{currency}</small> : null;
  const { text, scale } = amountText(amount, brief && unit === 'plain' ? 'auto' : unit);
  return <span className="tabular" title={exact}>{text}{scale !== 'plain' && <small className="scale">{t(`first:unit.${scale}`)}</small>}{foreign}</span>;
}

function DateText({ value }: { value: string }) {
  return <span className="tabular" title={String(daysFromToday(value))}>{value}</span>;
}

function YesNo({ value }: { value: boolean }) {
  const { t } = useTranslation();
  return <span className={`yes-no${value ? ' yes' : ''}`}>{value ? <CheckCircleFilled /> : <MinusCircleOutlined />}{value ? t('yes') : t('no')}</span>;
}

function OptionText({ set, code }: { set?: string; code: string }) {
  const options = useOptions(set);
  const item = options?.items.find((item) => item.code === code);
  if (!options) return <span className="waiting" aria-hidden="true" />;
  const label = item?.label ?? code;
  return item?.color ? <Tag color={item.color}>{label}</Tag> : <span>{label}</span>;
}

function CascadeText({ set, code }: { set?: string; code: string }) {
  const items = useOptions(set)?.items;
  if (!items) return <span className="waiting" aria-hidden="true" />;
  const byCode = new Map(items.map((item) => [item.code, item]));
  const words: string[] = [];
  for (let at = byCode.get(code); at && words.length < 8; at = at.parent ? byCode.get(at.parent) : undefined) words.unshift(at.label);
  const shown = words.filter((word, index) => word !== words[index - 1]);
  return <span>{shown.join(' / ') || code}</span>;
}

function ReferenceText({ field, value, record, plain }: ShowProps) {
  const link = linkOf(field, value);
  const title = record?.titles?.[field.name];
  const text = typeof title === 'string' && title !== '' ? title : (link?.id.slice(0, 8) ?? String(value));
  if (plain || !link || field.type !== 'reference') return <span>{text}</span>;
  return <Link to="/app/record/$object/$id" params={{ object: link.object, id: link.id }} preload={false} onClick={(event) => event.stopPropagation()}>{text}</Link>;
}

/** A worked-out value says its type by its form. */
function Worked({ value }: { value: Json | undefined }) {
  if (typeof value === 'boolean') return <YesNo value={value} />;
  const text = String(value);
  if (INSTANT.test(text)) return <span className="tabular">{instantText(text)}</span>;
  if (DATE.test(text)) return <DateText value={text} />;
  if (NUMBER.test(text)) return <span className="tabular">{grouped(text)}</span>;
  return <span>{text}</span>;
}

function SafeLink({ href }: { href: string }) {
  if (!/^https?:\/\//i.test(href)) return <span className="plain">{href}</span>;
  return <a href={href} target="_blank" rel="noreferrer noopener" onClick={(event) => event.stopPropagation()}>{href}</a>;
}

function FileText({ field, value, record, plain }: ShowProps) {
  const { t } = useTranslation('field');
  const named = typeof value === 'object' && value && !Array.isArray(value) ? value.name : null;
  const title = record?.titles?.[field.name];
  const text = (typeof named === 'string' && named) || (typeof title === 'string' && title) || t('file');
  if (!record || plain) return <span>{text}</span>;
  return <span className="file-text"><Suspense fallback={text}><FilePreview record={record} field={field.name} name={text} versions={field.versions === true} /></Suspense></span>;
}

function ChildCount({ value }: { value: Json | undefined }) {
  const { t } = useTranslation();
  return <Fragment>{t('count.some', { count: Array.isArray(value) ? value.length : 0 })}</Fragment>;
}
