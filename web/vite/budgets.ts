// Fails the build when a page would load more than it may. Counts gzipped bytes of the chunks that
// a page needs beyond what was loaded before it.
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

interface Chunk {
  type: 'chunk';
  fileName: string;
  name: string;
  code: string;
  imports: string[];
  isEntry: boolean;
  facadeModuleId: string | null;
  moduleIds: string[];
}

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
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk') as unknown as Chunk[];
      const byFile = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
      const reach = (module: string): Set<string> => {
        const start = chunks.find((chunk) => chunk.facadeModuleId?.endsWith(module) || (chunk.isEntry && chunk.moduleIds.some((id) => id.endsWith(module))));
        if (!start) throw new Error(`budgets: no chunk starts at ${module}`);
        const seen = new Set<string>();
        const visit = (file: string) => {
          if (seen.has(file)) return;
          seen.add(file);
          byFile.get(file)?.imports.forEach(visit);
        };
        visit(start.fileName);
        return seen;
      };
      const size = (file: string) => gzipSync(byFile.get(file)?.code ?? '').byteLength;
      const broken: string[] = [];
      for (const page of pages) {
        const known = new Set(page.after.flatMap((module) => [...reach(module)]));
        const own = [...reach(page.module)].filter((file) => !known.has(file));
        const total = Math.round(own.reduce((sum, file) => sum + size(file), 0) / 1000);
        const line = `${page.name}: ${total} of ${page.kilobytes} kB`;
        this.info(`budget ${line}`);
        if (total > page.kilobytes) broken.push(line);
      }
      if (broken.length > 0) this.error(`bundle budget exceeded: ${broken.join('; ')}`);
    },
  };
}
