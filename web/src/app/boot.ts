// The first code to run, small so that it runs early: asks for the data that the page at this
// address will show while the rest of the app still loads, then starts the app.
import { askAhead } from '@/shared/api/ahead.ts';
import { root, shared } from '@/shared/api/http.ts';
import type { Me, ObjectDef, ObjectList, Overview } from '@/shared/api/types.ts';
import { stored } from '@/shared/i18n/stored.ts';
import { drawHome, drawRecord, sighted } from './sight.ts';

shared.language = stored();

/** Whether the browser came with a session, as the server says in the page. */
const brought = document.querySelector<HTMLMetaElement>('meta[name=session]')?.content === 'yes';

function ask() {
  void askAhead('session');
  const me = askAhead<Me>('me');
  const objects = askAhead<ObjectList>('objects');
  const [, object, id] = /\/app\/record\/(\w+)\/([\w-]+)$/.exec(location.pathname) ?? [];
  if (object && id) {
    const definition = askAhead<ObjectDef>(`objects/${object}`);
    const page = askAhead<Overview>(`records/${object}/${id}/overview`);
    if (sighted()) Promise.all([page, definition]).then((both) => drawRecord(...both), () => undefined);
  } else if (location.href.replace(/[?#].*/, '') === root.href) {
    if (sighted()) me.then(drawHome, () => undefined);
    const marked = (list: ObjectList) => list.objects.filter((object) => object.home && object.actions.includes('read'));
    objects.then((list) => marked(list).forEach((object) => void askAhead(`objects/${object.name}`)), () => undefined);
  }
}

if (brought) ask();

const RELOADED = 'jinyao.reloaded';

// After an upgrade the old chunks are gone: load the new page, once. Without a network there is none,
// and what was typed must stay.
window.addEventListener('vite:preloadError', (event) => {
  if (sessionStorage.getItem(RELOADED) === '1') return;
  event.preventDefault();
  void fetch(root, { cache: 'no-store' }).then((page) => {
    if (!page.ok) return;
    sessionStorage.setItem(RELOADED, '1');
    location.reload();
  }, () => undefined);
});

void import('./main.tsx').then(async ({ run }) => {
  await run();
  setTimeout(() => sessionStorage.removeItem(RELOADED), 10_000);
});
