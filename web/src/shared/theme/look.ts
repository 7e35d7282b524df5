// Light, dark, or as the device says; kept on this browser and applied before anything is drawn.
import { useSyncExternalStore } from 'react';
import { useStored } from '../ui/stored.ts';

export type Look = 'light' | 'dark' | 'auto';
export const LOOKS: Look[] = ['light', 'dark', 'auto'];

const KEY = 'look';
const DARK = '(prefers-color-scheme: dark)';

function isDark(look: Look): boolean {
  return look === 'dark' || (look === 'auto' && window.matchMedia(DARK).matches);
}

/** Sets what the stylesheet goes by. */
export function applyLook(): void {
  let look: unknown = 'light';
  try {
    look = JSON.parse(localStorage.getItem(`jinyao.${KEY}`) ?? '"light"');
  } catch {
    look = 'light';
  }
  document.documentElement.dataset.theme = isDark(look as Look) ? 'dark' : 'light';
}

export function useLook(): { look: Look; dark: boolean; setLook: (look: Look) => void } {
  const [look, set] = useStored<Look>(KEY, 'light');
  const dark = useSyncExternalStore(
    (listener) => {
      const list = window.matchMedia(DARK);
      list.addEventListener('change', listener);
      return () => list.removeEventListener('change', listener);
    },
    () => isDark(look),
  );
  return { look: LOOKS.includes(look) ? look : 'light', dark, setLook: set };
}
