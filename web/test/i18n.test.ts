import { describe, expect, it } from 'vitest';
import enAdmin from '@/shared/i18n/en/admin.json';
import enFile from '@/shared/i18n/en/file.json';
import enGraph from '@/shared/i18n/en/graph.json';
import enImport from '@/shared/i18n/en/import.json';
import enInsight from '@/shared/i18n/en/insight.json';
import enMerge from '@/shared/i18n/en/merge.json';
import enStart from '@/shared/i18n/en/index.ts';
import zhAdmin from '@/shared/i18n/zh-CN/admin.json';
import zhFile from '@/shared/i18n/zh-CN/file.json';
import zhGraph from '@/shared/i18n/zh-CN/graph.json';
import zhImport from '@/shared/i18n/zh-CN/import.json';
import zhInsight from '@/shared/i18n/zh-CN/insight.json';
import zhMerge from '@/shared/i18n/zh-CN/merge.json';
import zhStart from '@/shared/i18n/zh-CN/index.ts';

const en = { ...enStart, import: enImport, admin: enAdmin, graph: enGraph, merge: enMerge, insight: enInsight, file: enFile };
const zh = { ...zhStart, import: zhImport, admin: zhAdmin, graph: zhGraph, merge: zhMerge, insight: zhInsight, file: zhFile };

function keys(value: unknown, prefix = ''): string[] {
  if (typeof value === 'string') return [prefix];
  return Object.entries(value as object).flatMap(([key, inner]) => keys(inner, prefix ? `${prefix}.${key}` : key));
}

function texts(value: unknown): string[] {
  return typeof value === 'string' ? [value] : Object.values(value as object).flatMap(texts);
}

const placeholders = (text: string) => (text.match(/\{\{\w+\}\}/g) ?? []).sort().join();

describe('texts', () => {
  it('exist in both languages', () => {
    expect(keys(en).sort()).toEqual(keys(zh).sort());
  });

  it('fill in the same values in both languages', () => {
    const english = texts(en);
    texts(zh).forEach((text, index) => expect(placeholders(english[index] ?? ''), text).toBe(placeholders(text)));
  });

  it('are written: none is empty, and Chinese ones hold no untranslated sentence', () => {
    for (const text of [...texts(zh), ...texts(en)]) expect(text).not.toBe('');
    for (const text of texts(zh)) expect(/[A-Za-z]{3,} [A-Za-z]{3,}/.test(text), text).toBe(false);
  });
});
