// The entry: texts, the session, then either the sign-in or the app. Both load on their own.
import { lazy, StrictMode, Suspense, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { restore, useSession } from '@/shared/api/session.ts';
import { start } from '@/shared/i18n/index.ts';
import { Offline } from './Offline.tsx';
import '@/shared/theme/app.css';

const App = lazy(() => import('./App.tsx'));
const LoginPage = lazy(() => import('@/features/login/LoginPage.tsx'));

// After an upgrade the old chunks are gone: load the new page, once.
window.addEventListener('vite:preloadError', (event) => {
  if (sessionStorage.getItem('jinyao.reloaded') === '1') return;
  event.preventDefault();
  sessionStorage.setItem('jinyao.reloaded', '1');
  location.reload();
});

function Gate() {
  const { phase } = useSession();
  const [entered, setEntered] = useState(false);
  if (phase === 'in' && !entered) setEntered(true);
  const open = phase === 'in';
  return (
    <>
      {entered && (
        <div className="app-root" hidden={!open} inert={!open}>
          <Suspense fallback={<Splash />}><App /></Suspense>
        </div>
      )}
      {!open && phase !== 'unknown' && (
        <Suspense fallback={<Splash />}><LoginPage /></Suspense>
      )}
    </>
  );
}

function Splash() {
  return <div className="splash" aria-busy="true" />;
}

async function run() {
  const host = document.getElementById('root');
  if (!host) return;
  const view = createRoot(host);
  await start();
  try {
    await restore();
    view.render(<StrictMode><Gate /></StrictMode>);
  } catch {
    view.render(<Offline />);
  }
}

void run();
