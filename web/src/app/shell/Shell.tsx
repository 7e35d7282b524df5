// The frame of every page: navigation, top bar, palette, watermark, idle clock.
import { Outlet, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { administers } from '@/features/admin/pages.ts';
import { useFreshDefinitions, useMe, useObjects } from '@/meta/definitions.ts';
import { useMedia, usePhone } from '@/shared/ui/useMedia.ts';
import { useStored } from '@/shared/ui/stored.ts';
import { BottomBar } from './BottomBar.tsx';
import { IdleClock } from './IdleClock.tsx';
import { SideNav } from './SideNav.tsx';
import { TopBar } from './TopBar.tsx';
import { Watermark } from './Watermark.tsx';
import './shell.css';

const Shortcuts = lazy(() => import('./Shortcuts.tsx'));
const Palette = lazy(() => import('./Palette.tsx'));

export function Shell() {
  const { t } = useTranslation('shell');
  const me = useMe();
  const objects = useObjects();
  const phone = usePhone();
  const narrow = useMedia('(max-width: 1000px)');
  const [folded, setFolded] = useStored('sider.folded', false);
  const [palette, setPalette] = useState(false);
  const [called, setCalled] = useState(false);
  if (palette && !called) setCalled(true);
  const [keys, setKeys] = useState(false);
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: (state) => state.location.pathname });
  useFreshDefinitions();

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
      if (event.key === '?' && !typing) setKeys(true);
      const asked = (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) || (event.key === '/' && !typing);
      if (!asked) return;
      event.preventDefault();
      setPalette(true);
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
  useEffect(() => setPalette(false), [path]);

  const slim = narrow || folded;
  return (
    <div className={`shell${slim ? ' shell-slim' : ''}`}>
      <button type="button" className="skip" onClick={() => main.current?.focus()}>{t('skip')}</button>
      {!phone && <SideNav objects={objects?.objects} admin={administers(me)} slim={slim} foldable={!narrow} onFold={() => setFolded(!folded)} />}
      <div className="shell-body">
        <TopBar me={me} objects={objects?.objects} onSearch={() => setPalette(true)} onKeys={() => setKeys(true)} phone={phone} />
        <main ref={main} tabIndex={-1} className="shell-main"><Outlet /></main>
      </div>
      {phone && <BottomBar objects={objects?.objects} onSearch={() => setPalette(true)} />}
      {called && <Suspense fallback={null}><Palette open={palette} onClose={() => setPalette(false)} objects={objects?.objects ?? []} /></Suspense>}
      {keys && <Suspense fallback={null}><Shortcuts onClose={() => setKeys(false)} /></Suspense>}
      {me?.screen.watermark && <Watermark text={`${me.name} ${me.login}`} />}
      {me && <IdleClock minutes={me.screen.idle_minutes} />}
    </div>
  );
}
