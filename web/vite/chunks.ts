// Which modules load together. On a slow line each further file costs a round trip, so what a first
// page needs comes in few files: those of the entry, of the shell, and of what the pages of every
// day share: `shown` with the first of them, `records` among the others. All else is left to the
// bundler.

interface Graph { getModuleInfo: (id: string) => { importedIds: readonly string[] } | null }

/** The modules that parts of the app begin at. `apart` is what must do without the shell. */
export interface Starts { boot: string; entry: string; shell: string; apart: string; daily: string[] }

/** Files in the order in which modules are given to them. */
const FILES = ['boot', 'react', 'start', 'kit', 'shell', 'shown', 'records'] as const;
type File = (typeof FILES)[number];

/** The groups for `codeSplitting`. */
export function together(starts: Starts) {
  let named: Map<string, File> | null = null;
  return FILES.map((file, at) => ({
    debugName: file,
    priority: FILES.length - at,
    name: (id: string, graph: Graph) => {
      named ??= assign(starts, graph);
      return named.get(id) === file ? file : null;
    },
  }));
}

const packaged = (id: string) => id.includes('/node_modules/');

function assign(starts: Starts, graph: Graph): Map<string, File> {
  const apart = reach(starts.apart, graph);
  const named = new Map<string, File>();
  const [first, ...others] = starts.daily.map((page) => reach(page, graph));
  const icon = (id: string) => id.includes('/icons');
  for (const id of others.flatMap((page) => [...page])) {
    if (icon(id) || others.every((page) => page.has(id))) named.set(id, 'records');
  }
  for (const id of first ?? []) {
    if (others.some((page) => page.has(id))) named.set(id, 'shown');
  }
  for (const id of reach(starts.shell, graph)) {
    if (apart.has(id)) named.delete(id);
    else named.set(id, packaged(id) ? 'kit' : 'shell');
  }
  for (const id of reach(starts.entry, graph)) named.set(id, packaged(id) ? 'react' : 'start');
  for (const id of reach(starts.boot, graph)) named.set(id, 'boot');
  return named;
}

/** Everything that `start` imports, directly or not, without what it only loads later. */
function reach(start: string, graph: Graph): Set<string> {
  const seen = new Set<string>();
  const visit = (id: string) => {
    if (seen.has(id)) return;
    const module = graph.getModuleInfo(id);
    if (!module) return;
    seen.add(id);
    module.importedIds.forEach(visit);
  };
  visit(start);
  if (seen.size === 0) throw new Error(`chunks: no module ${start}`);
  return seen;
}
