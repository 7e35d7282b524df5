// A word in a coloured box. Pairs of colours with enough contrast; the word always says it all.
import type { ReactNode } from 'react';
import './tag.css';

const NAMES = new Set(['blue', 'green', 'red', 'orange', 'gold', 'purple', 'cyan', 'gray', 'yellow', 'teal', 'pink']);

export function Tag({ color, children }: { color?: string | null; children: ReactNode }) {
  const name = color && NAMES.has(color) ? color : 'gray';
  return <span className={`tag tag-${name}`}>{children}</span>;
}
