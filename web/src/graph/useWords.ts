// What an edge says in words: its kind, how much, until when.
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { short } from '@/meta/fields/amount.ts';
import { percentText } from '@/meta/fields/percent.ts';
import type { Edge, Node } from '@/shared/api/graph.ts';
import type { EdgeDef } from '@/shared/api/types.ts';
import { factsOf } from './model.ts';

export interface Words { figures: string; dates: string; end?: string }

export function useWords(definition: EdgeDef | undefined): { words: (edge: Edge) => Words; named: (node: Node | undefined) => string } {
  const { t } = useTranslation('graph');
  const words = useCallback(
    (edge: Edge): Words => {
      if (!definition) return { figures: '', dates: '' };
      const { share, amount, currency, start, end } = factsOf(edge, definition);
      const parts: string[] = [];
      if (share) parts.push(percentText(share));
      if (amount) {
        const { text, scale } = short(amount);
        parts.push(`${text}${scale === 'plain' ? '' : t(`first:unit.${scale}`)}${currency && currency !== 'CNY' ? ` ${currency}` : ''}`);
      }
      const dates = start && end ? t('between', { from: start, to: end }) : end ? t('until', { date: end }) : start ? t('since', { date: start }) : '';
      return { figures: parts.join(' '), dates, end };
    },
    [definition, t],
  );
  const named = useCallback((node: Node | undefined) => node?.title ?? (node?.visible ? node.id.slice(0, 8) : t('hidden')), [t]);
  return { words, named };
}
