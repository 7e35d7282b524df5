// A button that opens something floating, whose code is loaded when it is first asked for. The
// button itself stays as it is; what floats hangs on the place where it stood. Without a network
// nothing opens, and nothing is lost.
import { type ComponentType, type MouseEvent, useCallback, useRef, useState } from 'react';

export interface Spot { left: number; top: number; width: number; height: number; button: HTMLElement; byKey: boolean }

export function useSpot<P>(load: () => Promise<{ default: ComponentType<P> }>) {
  const [spot, setSpot] = useState<Spot | null>(null);
  const [Float, setFloat] = useState<ComponentType<P> | null>(null);
  // A press outside closes what floats before the click arrives; the click must not open it again.
  const held = useRef(false);
  const open = async (next: Spot) => {
    const loaded = await load().catch(() => null);
    if (!loaded?.default) return;
    setFloat(() => loaded.default);
    setSpot(next);
  };
  const handlers = {
    'aria-expanded': spot !== null,
    onPointerDown: () => { held.current = spot !== null; },
    onClick: (event: MouseEvent<HTMLElement>) => {
      const { left, top, width, height } = event.currentTarget.getBoundingClientRect();
      if (held.current) setSpot(null);
      else void open({ left, top, width, height, button: event.currentTarget, byKey: event.detail === 0 });
      held.current = false;
    },
  };
  const close = useCallback(() => {
    setSpot((now) => {
      const active = document.activeElement;
      if (now && (active === document.body || active?.closest('.ant-dropdown, .ant-popover'))) now.button.focus({ preventScroll: true });
      return null;
    });
  }, []);
  return { spot, Float, handlers, close };
}
