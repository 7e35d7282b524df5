// Tabs in one line, scrolled sideways where they do not fit; arrows move between them.
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef } from 'react';
import './tabs.css';

interface Props { label: string; tabs: string[]; current: number; onChange: (index: number) => void; children: ReactNode }

export function TabStrip({ label, tabs, current, onChange, children }: Props) {
  const id = useId();
  const strip = useRef<HTMLDivElement>(null);
  useEffect(() => {
    strip.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [current]);
  const press = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0 || event.ctrlKey) return;
    event.preventDefault();
    const next = (current + step + tabs.length) % tabs.length;
    onChange(next);
    document.getElementById(`${id}-${next}`)?.focus();
  };
  return (
    <div className="tabs">
      <div className="tabs-strip" role="tablist" aria-label={label} ref={strip} onKeyDown={press} tabIndex={-1}>
        {tabs.map((tab, index) => (
          <button
            key={tab} type="button" role="tab" id={`${id}-${index}`} aria-selected={index === current} aria-controls={`${id}-panel`}
            tabIndex={index === current ? 0 : -1} onClick={() => onChange(index)}
          >
            {tab}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${current}`} className="tabs-panel">{children}</div>
    </div>
  );
}
