// The org tree as rows and branches, and what may be moved where.

export interface Unit { id: string; name: string; code: string; level: string | null; parent: string | null; version: number; closed: boolean }
export interface Branch extends Unit { depth: number; children: Branch[] }

/** Branches from units in any order. A unit whose parent is out of sight stands at the top; no unit is lost. */
export function branches(units: Unit[]): Branch[] {
  const made = new Map(units.map((unit) => [unit.id, { ...unit, depth: 0, children: [] as Branch[] }]));
  const roots: Branch[] = [];
  for (const branch of made.values()) {
    const parent = branch.parent ? made.get(branch.parent) : undefined;
    (parent && !leadsBack(made, branch.id) ? parent.children : roots).push(branch);
  }
  const order = (some: Branch[], depth: number) => {
    some.sort((a, b) => a.code.localeCompare(b.code) || a.name.localeCompare(b.name, 'zh'));
    for (const branch of some) {
      branch.depth = depth;
      order(branch.children, depth + 1);
    }
  };
  order(roots, 0);
  return roots;
}

function leadsBack(units: Map<string, Branch>, id: string): boolean {
  let at = units.get(id)?.parent;
  for (let steps = 0; at && steps < units.size; steps += 1) {
    if (at === id) return true;
    at = units.get(at)?.parent;
  }
  return false;
}

export const sizeOf = (branch: Branch): number => branch.children.reduce((sum, child) => sum + sizeOf(child), 1);

/** The branches that are shown: those whose parents are all open. */
export function visible(roots: Branch[], open: ReadonlySet<string>): Branch[] {
  return roots.flatMap((branch) => [branch, ...(open.has(branch.id) ? visible(branch.children, open) : [])]);
}

/** The branches that a text names, with all that lead to them. */
export function matching(roots: Branch[], text: string): Branch[] {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return roots;
  return roots.flatMap((branch) => {
    const children = matching(branch.children, text);
    const named = `${branch.name} ${branch.code}`.toLowerCase().includes(wanted);
    return named || children.length > 0 ? [{ ...branch, children }] : [];
  });
}

export function find(roots: Branch[], id: string | undefined): Branch | undefined {
  for (const branch of roots) {
    const found = branch.id === id ? branch : find(branch.children, id);
    if (found) return found;
  }
  return undefined;
}

/** Whether a unit may stand below another: not below itself or what it holds, and not where it is. */
export function mayMove(unit: Branch, to: string | null): boolean {
  return unit.parent !== to && (to === null || find([unit], to) === undefined);
}

/** The names of the units above, topmost first. */
export function pathOf(roots: Branch[], id: string | null | undefined): string[] {
  for (const branch of roots) {
    if (branch.id === id) return [branch.name];
    const below = pathOf(branch.children, id);
    if (below.length > 0) return [branch.name, ...below];
  }
  return [];
}
