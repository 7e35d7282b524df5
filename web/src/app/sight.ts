// What is seen first on a phone, where the app takes a while to come: whom the page is about, the gravest
// warning and the head's figures, or the greeting of the day, drawn by the first code from the first answers. It
// lies over the place where the app will draw the same, and goes when it has.
import { greetingAt } from '@/features/home/greeting.ts';
import { short } from '@/meta/fields/amount.ts';
import type { Field, Hint, Json, Me, ObjectDef, Overview } from '@/shared/api/types.ts';
import { stored } from '@/shared/i18n/stored.ts';
import en from '@/shared/i18n/en/first.json';
import zh from '@/shared/i18n/zh-CN/first.json';
import { banner, color, FONT } from '@/shared/theme/colours.ts';

const NARROW = '(max-width: 640px)';
const ID = 'sight';
const GRAVITY = { high: 0, medium: 1, low: 2 } as const;
/** Types whose values are read as they are. */
const PLAIN = new Set(['text', 'number', 'date', 'phone', 'email', 'auto_number']);

type Style = Partial<CSSStyleDeclaration>;

function kept(name: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(`jinyao.${name}`) ?? 'null');
  } catch {
    return null;
  }
}

/** Whether this screen is one for it: narrow, and in the colours known here. */
export const sighted = () => window.matchMedia(NARROW).matches && (kept('look') ?? 'light') === 'light';

function put(into: HTMLElement, tag: string, style: Style, text = ''): HTMLElement {
  const made = document.createElement(tag);
  Object.assign(made.style, style);
  made.textContent = text;
  into.append(made);
  return made;
}

function sheet(padding: string): HTMLElement | null {
  if (over || document.getElementById(ID)) return null;
  const whole = put(document.body, 'div', { position: 'fixed', inset: '0', zIndex: '10', overflow: 'hidden', background: color.background, color: color.text, font: `14px/1.57 ${FONT}` });
  whole.id = ID;
  whole.setAttribute('aria-busy', 'true');
  put(whole, 'div', { height: '48px', boxSizing: 'border-box', background: color.surface, borderBottom: `1px solid ${color.line}` });
  return put(whole, 'div', { padding });
}

/** An instant by the institution's clock. */
const clock = (at: Date) => new Date(at.getTime() + 8 * 3_600_000).toISOString();

/** The head of a record's page. */
export function drawRecord({ title, warnings, highlights, record }: Overview, object: ObjectDef): void {
  const page = sheet('38px 12px');
  if (!page) return;
  put(page, 'div', { height: '22px', padding: '6px 0 0 52px', font: `12px/1.3 ${FONT}`, color: color.text2 }, object.label);
  put(page, 'h1', { margin: '0', padding: '0 0 12px 52px', fontSize: '18px', fontWeight: '600' }, title ?? '');
  drawWarning(page, warnings);
  const grid = put(page, 'div', { display: 'grid', gridTemplateColumns: 'repeat(2, minmax(0, 1fr))', padding: '4px 0', border: `1px solid ${color.line}`, borderRadius: '8px', background: color.surface });
  for (const field of highlights.flatMap((name) => object.fields.filter((one) => one.name === name))) {
    const cell = put(grid, 'div', { padding: '8px 8px 8px 15px', minWidth: '0' });
    put(cell, 'div', { fontSize: '12px', color: color.text2 }, field.label);
    const figure = field.type === 'money' ? { fontSize: '18px', fontWeight: '600' } : {};
    const line = put(cell, 'div', { minHeight: '26px', lineHeight: '26px', fontVariantNumeric: 'tabular-nums' });
    put(line, 'span', figure, words(field, record.values[field.name]));
  }
}

/** A value as it will stand there; empty where more than itself tells how. */
function words(field: Field, value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  if (field.type === 'money') {
    const amount = typeof value === 'object' && 'amount' in value ? value.amount : value;
    const { text, scale } = short(String(amount));
    return scale === 'plain' ? text : text + (stored() === 'en' ? en : zh).unit[scale];
  }
  if (field.type === 'date_time') return clock(new Date(String(value))).slice(0, 16).replace('T', ' ');
  return PLAIN.has(field.type) ? String(value) : '';
}

function drawWarning(page: HTMLElement, warnings: Hint[]): void {
  const [warning] = [...warnings].sort((a, b) => GRAVITY[a.severity ?? 'low'] - GRAVITY[b.severity ?? 'low']);
  if (!warning) return;
  const [ground, line, ink] = banner[warning.severity ?? 'low'];
  const box = put(page, 'div', { marginBottom: '10px', padding: '7px 8px 7px 38px', border: `1px solid ${line}`, borderRadius: '6px', background: ground, color: ink });
  put(box, 'b', { display: 'block', fontWeight: '600' }, warning.message);
  if (warning.reason) put(box, 'small', { display: 'block', fontSize: '12px' }, warning.reason);
}

/** The head of the workbench. */
export function drawHome(me: Me): void {
  const page = sheet('12px');
  if (!page) return;
  const english = stored() === 'en';
  const texts = english ? en : zh;
  const now = clock(new Date());
  const head = put(page, 'div', { display: 'flex', alignItems: 'baseline', gap: '12px', flexWrap: 'wrap', marginBottom: '12px' });
  put(head, 'h1', { margin: '0', fontSize: '18px', fontWeight: '600' }, texts[greetingAt(now)].replace('{{name}}', me.name));
  put(head, 'p', { margin: '0', color: color.text2 }, `${now.slice(0, 10)} · ${me.roles.map((role) => role.label).join(english ? ', ' : '、')}`);
  if (kept(`toured.${me.user}`) === true) return;
  const box = put(page, 'div', { padding: '10px 12px', border: `1px solid ${color.primaryLine}`, borderRadius: '8px', background: color.surface });
  put(box, 'b', { display: 'block', fontWeight: '600' }, texts.invite);
  put(box, 'span', { display: 'block', fontSize: '13px', color: color.text2 }, texts.inviteText);
}

let over = false;

/** The app, the sign-in or a failure has drawn. */
export function endSight(): void {
  over = true;
  document.getElementById(ID)?.remove();
}
