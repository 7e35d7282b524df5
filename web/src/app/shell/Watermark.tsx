// Who looked at this screen and when, faintly over everything, so that a photograph tells.
import dayjs from 'dayjs';
import { useEffect, useState } from 'react';
import { useLook } from '@/shared/theme/look.ts';

export function Watermark({ text }: { text: string }) {
  const [now, setNow] = useState(() => dayjs());
  useEffect(() => {
    const timer = setInterval(() => setNow(dayjs()), 60_000);
    return () => clearInterval(timer);
  }, []);
  const { dark } = useLook();
  return <div className="watermark" aria-hidden="true" style={{ backgroundImage: image(`${text} ${now.format('MM-DD HH:mm')}`, dark ? '#ffffff' : '#1b2433') }} />;
}

function image(text: string, ink: string): string {
  const safe = text.replace(/[<>&"']/g, '');
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="300" height="190"><text x="24" y="120" transform="rotate(-20 24 120)" font-size="14" font-family="sans-serif" fill="${ink}" fill-opacity="0.055">${safe}</text></svg>`;
  return `url("data:image/svg+xml,${encodeURIComponent(svg)}")`;
}
