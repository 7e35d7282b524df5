import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TYPES } from '@/meta/fields/kinds.ts';
import { Show } from '@/meta/fields/Show.tsx';
import type { Field, Json, RecordView } from '@/shared/api/types.ts';
import { start } from '@/shared/i18n/index.ts';

const field = (type: string, more: Partial<Field> = {}): Field => ({
  name: 'f', label: '字段', type, access: 'read', required: false, unique: false, read_only: false, level: 2, encrypted: false, search: false, ...more,
});

const queries = new QueryClient();
queries.setQueryData(['definition', 'options', 'tiers'], {
  name: 'tiers', label: '等级', items: [
    { code: 'vip', label: '贵宾', parent: null, color: 'orange', retired: false },
    { code: 'vip1', label: '贵宾一级', parent: 'vip', color: null, retired: false },
  ],
});

function shown(node: ReactNode): HTMLElement {
  return render(<QueryClientProvider client={queries}>{node}</QueryClientProvider>).container;
}

beforeAll(() => start());
afterEach(cleanup);

describe('a value', () => {
  it.each<[string, Json, string, Partial<Field>?]>([
    ['money', { amount: '1234567.80', currency: 'CNY' }, '1,234,567.80'],
    ['money', { amount: '12.30', currency: 'USD' }, '12.30USD'],
    ['percent', '0.0285', '2.85%'],
    ['number', '10000.5', '10,000.5'],
    ['boolean', true, '是'],
    ['boolean', false, '否'],
    ['date', '2026-03-01', '2026-03-01'],
    ['date_time', '2026-03-01T16:30:00Z', '2026-03-02 00:30'],
    ['select', 'vip', '贵宾', { options: 'tiers' }],
    ['cascade', 'vip1', '贵宾 / 贵宾一级', { options: 'tiers' }],
    ['multi_select', ['vip', 'vip1'], '贵宾贵宾一级', { options: 'tiers' }],
    ['tags', ['甲', '乙'], '甲乙'],
    ['formula', '12345', '12,345'],
    ['text', null, '—'],
  ])('of type %s, %j, reads %s', (type, value, text, more) => {
    expect(shown(<Show field={field(type, more)} value={value} plain />).textContent).toBe(text);
  });

  it('reads the short form in 万 where it stands for a glance', () => {
    expect(shown(<Show field={field('money')} value={{ amount: '1560589.23', currency: 'CNY' }} brief />).textContent).toBe('156.06万');
  });

  it('stays text whatever it holds, for every type', () => {
    const script = '<img src=x onerror=alert(1)>';
    for (const type of TYPES.filter((type) => type !== 'child_table')) {
      const made = shown(<Show field={field(type, { to: ['x'] })} value={script} plain />);
      expect(made.querySelector('img'), type).toBeNull();
      cleanup();
    }
  });

  it('links to no address but a web address', () => {
    expect(shown(<Show field={field('url')} value="javascript:alert(1)" />).querySelector('a')).toBeNull();
    cleanup();
    expect(shown(<Show field={field('url')} value="https://example.org/a" />).querySelector('a')?.rel).toContain('noreferrer');
  });

  it('shows a masked value as it came and no more', () => {
    const record: RecordView = { object: 'x', id: '1', version: 1, values: { f: '138****8000' }, masked: ['f'] };
    expect(shown(<Show field={field('phone')} value="138****8000" record={record} />).textContent).toBe('138****8000');
  });
});
