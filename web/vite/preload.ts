// Tells the server what each kind of address will need, so that the page it sends can name it all at
// once: `ahead.json`, from the first part of the address below `app/` to links for the page's head.
import type { Plugin } from 'vite';
import { type Chunk, chunksOf, loadedWith } from './chunk.ts';

export function preload(pages: Record<string, string[]>): Plugin {
  return {
    name: 'jinyao:preload',
    apply: 'build',
    generateBundle(_, bundle) {
      const chunks = chunksOf(bundle);
      const entries = Object.entries(pages).map(([page, modules]) => [page, links(chunks, modules)]);
      this.emitFile({ type: 'asset', fileName: 'ahead.json', source: JSON.stringify(Object.fromEntries(entries)) });
    },
  };
}

function links(chunks: Chunk[], modules: string[]): string {
  const all = [...new Set(modules.flatMap((module) => [...loadedWith(module, chunks)]))];
  const styles = all.flatMap((chunk) => [...(chunk.viteMetadata?.importedCss ?? [])]);
  return [
    ...styles.map((file) => `<link rel="preload" as="style" crossorigin href="./${file}">`),
    ...all.map((chunk) => `<link rel="modulepreload" crossorigin href="./${chunk.fileName}">`),
  ].join('');
}
