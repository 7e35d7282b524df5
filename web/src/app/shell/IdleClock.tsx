// Signs out after a time without a hand on the keyboard. All tabs share one clock.
import { Modal } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { leaveIdle } from '@/shared/api/session.ts';

const KEY = 'jinyao.active';
const WARN = 60;
const EVENTS = ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const;

export function IdleClock({ minutes }: { minutes: number }) {
  const { t } = useTranslation('shell');
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
  return (
    <Modal open={left !== null} title={t('idle')} footer={null} closable={false} onCancel={() => setLeft(null)} width={380}>
      <p>{t('idleHint', { count: left ?? 0 })}</p>
      <p><button type="button" className="plain-button" onClick={() => setLeft(null)}>{t('stay')}</button></p>
    </Modal>
  );
}
