// Stands where a button was when it was pressed, for what floats beside it.
import type { Ref } from 'react';
import type { Spot } from './useSpot.ts';

export function Anchor({ spot: { left, top, width, height }, ref, ...rest }: { spot: Spot; ref?: Ref<HTMLSpanElement> }) {
  return <span ref={ref} aria-hidden="true" {...rest} style={{ position: 'fixed', left, top, width, height, pointerEvents: 'none' }} />;
}
