// Signs out after a time without a hand on the keyboard. All tabs share one clock.
import { lazy, Suspense, useEffect, useState } from 'react';
import { leaveIdle } from '@/shared/api/session.ts';

const IdleWarning = lazy(() => import('./IdleWarning.tsx'));

const KEY = 'jinyao.active';
const WARN = 60;
const EVENTS = ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const;

export function IdleClock({ minutes }: { minutes: number }) {
  const [left, setLeft] = useState<number | null>(null);
  useEffect(() => {
    let noted = 0;
    const touch = () => {
      const now = Date.now();
      if (now - noted < 2000) return;
      noted = now;
      localStorage.setItem(KEY, String(now));
    };
    touch();
    const tick = setInterval(() => {
      const idle = (Date.now() - Number(localStorage.getItem(KEY) ?? 0)) / 1000;
      const rest = Math.ceil(minutes * 60 - idle);
      setLeft(rest <= WARN ? Math.max(rest, 0) : null);
      if (rest <= 0) void leaveIdle();
    }, 1000);
    EVENTS.forEach((name) => window.addEventListener(name, touch, { passive: true }));
    return () => {
      clearInterval(tick);
      EVENTS.forEach((name) => window.removeEventListener(name, touch));
    };
  }, [minutes]);
  return left === null ? null : <Suspense fallback={null}><IdleWarning left={left} onStay={() => setLeft(null)} /></Suspense>;
}
