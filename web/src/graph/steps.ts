// Going through a drawing by arrow keys: from one record to the nearest in that direction. Pure.
import type { Place } from './model.ts';

const WAYS: Record<string, Place> = { ArrowLeft: { x: -1, y: 0 }, ArrowRight: { x: 1, y: 0 }, ArrowUp: { x: 0, y: -1 }, ArrowDown: { x: 0, y: 1 } };

/** Aside counts twice as much as ahead, so that a step goes where the key points. */
const ASIDE = 2;

export const isStep = (key: string): boolean => key in WAYS;

/** The record a key leads to from `from`; undefined where nothing lies that way. */
export function stepFrom(places: ReadonlyMap<string, Place>, from: string, key: string): string | undefined {
  const way = WAYS[key];
  const start = places.get(from);
  if (!way || !start) return undefined;
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const [id, place] of places) {
    const [across, down] = [place.x - start.x, place.y - start.y];
    const ahead = across * way.x + down * way.y;
    const aside = Math.abs(across * way.y) + Math.abs(down * way.x);
    if (id === from || ahead <= 0 || aside > ahead * ASIDE) continue;
    const far = ahead + aside * ASIDE;
    if (far < least) [least, best] = [far, id];
  }
  return best;
}
