// One line of what waits: what it is, more about it, and when.
import type { ReactNode } from 'react';

/** One line that leads somewhere, or only says what is. */
export function Pressed({ icon, title, detail, when, onPress }: { icon: ReactNode; title: ReactNode; detail?: ReactNode; when: ReactNode; onPress: () => void }) {
  return (
    <button type="button" className="notice-line" onClick={onPress}>
      <span className="notice-icon" aria-hidden="true">{icon}</span>
      <span className="notice-text"><b>{title}</b>{detail && <span className="muted">{detail}</span>}</span>
      <span className="notice-when">{when}</span>
    </button>
  );
}
