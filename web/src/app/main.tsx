// The entry: texts, the session, then either the sign-in or the app. Both load on their own.
import { lazy, StrictMode, Suspense, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { askAhead } from '@/shared/api/ahead.ts';
import { root } from '@/shared/api/http.ts';
import { restore, useSession } from '@/shared/api/session.ts';
import type { ObjectList } from '@/shared/api/types.ts';
import { start } from '@/shared/i18n/index.ts';
import { Offline } from './Offline.tsx';
import { applyLook } from '@/shared/theme/look.ts';
import '@/shared/theme/app.css';

applyLook();

const loadApp = () => import('./App.tsx');
const App = lazy(loadApp);
const LoginPage = lazy(() => import('@/features/login/LoginPage.tsx'));

const RELOADED = 'jinyao.reloaded';

// After an upgrade the old chunks are gone: load the new page, once.
window.addEventListener('vite:preloadError', (event) => {
  if (sessionStorage.getItem(RELOADED) === '1') return;
  event.preventDefault();
  sessionStorage.setItem(RELOADED, '1');
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

/** Whether the browser came with a session, as the server says in the page. */
const brought = document.querySelector<HTMLMetaElement>('meta[name=session]')?.content === 'yes';

/** Loads what the page at this address will need, side by side with the session. */
function hurry() {
  const drop = () => undefined;
  loadApp().catch(drop);
  void askAhead('me');
  const objects = askAhead<ObjectList>('objects');
  const [, object, id] = /\/app\/record\/(\w+)\/([\w-]+)$/.exec(location.pathname) ?? [];
  if (object && id) {
    import('@/features/record/RecordPage.tsx').catch(drop);
    void askAhead(`objects/${object}`);
    void askAhead(`records/${object}/${id}/overview`);
  } else if (location.pathname.includes('/app/list/')) import('@/features/list/ListPage.tsx').catch(drop);
  else if (location.href.replace(/[?#].*/, '') === root.href) {
    import('@/features/home/HomePage.tsx').catch(drop);
    const marked = (list: ObjectList) => list.objects.filter((object) => object.home && object.actions.includes('read'));
    objects.then((list) => marked(list).forEach((object) => void askAhead(`objects/${object.name}`)), drop);
  }
}

async function run() {
  const host = document.getElementById('root');
  if (!host) return;
  const view = createRoot(host);
  await start();
  if (brought) hurry();
  try {
    await restore();
    view.render(<StrictMode><Gate /></StrictMode>);
    setTimeout(() => sessionStorage.removeItem(RELOADED), 10_000);
  } catch {
    view.render(<Offline />);
  }
}

void run();
