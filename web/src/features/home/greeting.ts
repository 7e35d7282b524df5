/** The part of the day by the institution's clock, such as `2026-01-31 09:30`. */
export function greetingAt(now: string): 'morning' | 'afternoon' | 'evening' {
  const hour = Number(now.slice(11, 13));
  return hour < 12 ? 'morning' : hour < 18 ? 'afternoon' : 'evening';
}
