// Fails the build when a page would load more than it may. Counts gzipped bytes of the chunks that
// a page needs beyond what was loaded before it.
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';
import { chunksOf, loadedWith } from './chunk.ts';

/** A page: the module it starts at, what is there already, and the most it may add. */
export interface Budget {
  name: string;
  module: string;
  after: string[];
  kilobytes: number;
}

export function budgets(pages: Budget[]): Plugin {
  return {
    name: 'jinyao:budgets',
    apply: 'build',
    enforce: 'pre',
    generateBundle(_, bundle) {
      const chunks = chunksOf(bundle);
      const broken: string[] = [];
      for (const page of pages) {
        const known = new Set(page.after.flatMap((module) => [...loadedWith(module, chunks)]));
        const own = [...loadedWith(page.module, chunks)].filter((chunk) => !known.has(chunk));
        const total = Math.round(own.reduce((sum, { code }) => sum + gzipSync(code).byteLength, 0) / 1000);
        const line = `${page.name}: ${total} of ${page.kilobytes} kB`;
        this.info(`budget ${line}`);
        if (total > page.kilobytes) broken.push(line);
      }
      if (broken.length > 0) this.error(`bundle budget exceeded: ${broken.join('; ')}`);
    },
  };
}
