// The list a record was opened from, so that previous and next keep its order.
export interface Trail { object: string; ids: string[] }

let trail: Trail = { object: '', ids: [] };

export function leaveTrail(next: Trail): void {
  trail = next;
}

export function neighbours(object: string, id: string): { before?: string; after?: string; at?: number; of?: number } {
  if (trail.object !== object) return {};
  const at = trail.ids.indexOf(id);
  if (at < 0) return {};
  return { before: trail.ids[at - 1], after: trail.ids[at + 1], at: at + 1, of: trail.ids.length };
}
