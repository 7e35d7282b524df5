// Texts, the session, then either the sign-in or the app. Both load on their own.
import { lazy, StrictMode, Suspense, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { allHere } from '@/shared/api/ahead.ts';
import { restore, useSession } from '@/shared/api/session.ts';
import { start } from '@/shared/i18n/index.ts';
import { Offline } from './Offline.tsx';
import { endSight } from './sight.ts';
import { applyLook } from '@/shared/theme/look.ts';
import '@/shared/theme/app.css';

applyLook();

/** How long the first drawing waits for its data, in milliseconds; then it shows that it waits. */
const PATIENCE = 400;

const App = lazy(async () => {
  const app = await import('./App.tsx');
  await Promise.all([app.ready(), allHere(PATIENCE)]);
  return app;
});
const LoginPage = lazy(() => import('@/features/login/LoginPage.tsx'));

function Gate() {
  const { phase } = useSession();
  const [entered, setEntered] = useState(false);
  if (phase === 'in' && !entered) setEntered(true);
  const open = phase === 'in';
  useEffect(() => {
    if (phase !== 'in' && phase !== 'unknown') endSight();
  }, [phase]);
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

/** Draws the app once the session is known, or says that it could not be asked for. */
export async function run(): Promise<void> {
  const host = document.getElementById('root');
  if (!host) return;
  const view = createRoot(host);
  await start();
  try {
    await restore();
    view.render(<StrictMode><Gate /></StrictMode>);
  } catch {
    endSight();
    view.render(<Offline />);
  }
}
