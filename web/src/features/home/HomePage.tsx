// The day's work: the lists that views marked for the workbench give, in their order.
import { useQueries } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { administers } from '@/features/admin/pages.ts';
import { Invitation } from '@/features/tour/Invitation.tsx';
import { useMe, useObjects } from '@/meta/definitions.ts';
import { instantText } from '@/meta/fields/moment.ts';
import { ahead, here } from '@/shared/api/ahead.ts';
import type { ObjectDef } from '@/shared/api/types.ts';
import { usePhone } from '@/shared/ui/useMedia.ts';
import { greetingAt } from './greeting.ts';
import { HomeList, homeQuery } from './HomeList.tsx';
import './home.css';

export default function HomePage() {
  const { t } = useTranslation('home');
  const me = useMe();
  const phone = usePhone();
  const objects = useObjects()?.objects.filter((object) => object.actions.includes('read')) ?? [];
  const marked = objects.filter((object) => object.home);
  const definitions = useQueries({
    queries: marked.map((object) => ({
      queryKey: ['definition', 'object', object.name],
      queryFn: () => ahead<ObjectDef>(`objects/${object.name}`),
      initialData: () => here<ObjectDef>(`objects/${object.name}`),
      staleTime: Number.POSITIVE_INFINITY,
    })),
  });
  const lists = definitions
    .flatMap(({ data }) => data?.views.filter((view) => typeof view.home === 'number').map((view) => ({ object: data, view })) ?? [])
    .sort((a, b) => (a.view.home ?? 0) - (b.view.home ?? 0));
  // Lists without a row need no panel of their own; asking is shared with the panels.
  const empty = useQueries({
    queries: lists.map(({ object, view }) => homeQuery(object, view)),
    combine: (results) => results.map((result) => result.isSuccess && result.data.records?.length === 0),
  });
  const now = instantText(new Date().toISOString());
  return (
    <div className="home">
      <header className="home-head">
        <h1>{me ? t(`first:${greetingAt(now)}`, { name: me.name }) : ' '}</h1>
        <p className="muted">{now.slice(0, 10)}{me && ` · ${me.roles.map((role) => role.label).join(t('list:listComma'))}`}</p>
      </header>
      {me && objects.length > 0 && (
        <Invitation phone={phone} lists={lists.length} creates={objects.some((object) => object.actions.includes('create'))} administers={administers(me)} />
      )}
      <div className="home-grid">
        {lists.filter((_, at) => !empty[at]).map(({ object, view }) => <HomeList key={view.name} object={object} view={view} />)}
      </div>
      {empty.includes(true) && (
        <p className="home-empty">
          <span className="muted">{t('emptyLists')}</span>
          {lists.filter((_, at) => empty[at]).map(({ object, view }) => <Link key={view.name} to="/app/list/$object" params={{ object: object.name }} search={{ view: view.name }}>{view.label}</Link>)}
        </p>
      )}
      {marked.length === 0 && me && <p className="home-none muted">{t('nothing')}。{t('nothingHint')}</p>}
    </div>
  );
}
