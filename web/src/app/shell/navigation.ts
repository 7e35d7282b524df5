// What stands in the navigation: objects in the order their definitions give, the rest apart.
import type { ObjectEntry } from '@/shared/api/types.ts';

export interface Navigation { main: ObjectEntry[]; rest: ObjectEntry[] }

export function navigation(objects: ObjectEntry[]): Navigation {
  // Kept views are at hand in the lists they belong to.
  const readable = objects.filter((object) => object.actions.includes('read') && object.system !== 'saved_view');
  const main = readable
    .filter((object) => typeof object.menu === 'number')
    .sort((a, b) => (a.menu ?? 0) - (b.menu ?? 0));
  const rest = readable.filter((object) => typeof object.menu !== 'number');
  return main.length > 0 ? { main, rest } : { main: rest, rest: [] };
}
