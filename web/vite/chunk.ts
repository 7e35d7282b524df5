// The chunks that a build wrote, and what each loads before it runs.
import type { Rolldown } from 'vite';

/** What is looked at of a chunk. */
export interface Chunk {
  type: 'chunk';
  fileName: string;
  code: string;
  imports: string[];
  facadeModuleId: string | null;
  moduleIds: string[];
  viteMetadata?: { importedCss: Set<string> };
}

export function chunksOf(bundle: Rolldown.OutputBundle): Chunk[] {
  return Object.values(bundle).filter((file) => file.type === 'chunk') as unknown as Chunk[];
}

/** The chunk that holds a module, and all that it imports: they load together. */
export function loadedWith(module: string, chunks: Chunk[]): Set<Chunk> {
  const start = chunks.find((chunk) => chunk.facadeModuleId?.endsWith(module)) ?? chunks.find((chunk) => chunk.moduleIds.some((id) => id.endsWith(module)));
  if (!start) throw new Error(`no chunk holds ${module}`);
  const byFile = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const seen = new Set<Chunk>();
  const visit = (chunk: Chunk | undefined) => {
    if (!chunk || seen.has(chunk)) return;
    seen.add(chunk);
    chunk.imports.forEach((file) => visit(byFile.get(file)));
  };
  visit(start);
  return seen;
}
