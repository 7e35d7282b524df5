// The frame of administration: its pages as far as one's rights reach, each loaded on its own.
import { Link, Navigate, useParams } from '@tanstack/react-router';
import { Skeleton } from 'antd';
import { type ComponentType, lazy, Suspense, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { NotFound } from '@/app/NotFound.tsx';
import { useMe } from '@/meta/definitions.ts';
import { allowed } from './pages.ts';
import './texts.ts';
import './admin.css';

const VIEWS: Record<string, ComponentType> = {
  account: lazy(() => import('./account/AccountPage.tsx')),
  api: lazy(() => import('./api/ApiPage.tsx')),
  audit: lazy(() => import('./audit/AuditPage.tsx')),
  definitions: lazy(() => import('./definitions/DefinitionsPage.tsx')),
  jobs: lazy(() => import('./jobs/JobsPage.tsx')),
  keys: lazy(() => import('./keys/KeysPage.tsx')),
  org: lazy(() => import('./org/OrgPage.tsx')),
  parameters: lazy(() => import('./parameters/ParametersPage.tsx')),
  roles: lazy(() => import('./roles/RolesPage.tsx')),
  samples: lazy(() => import('./samples/SamplesPage.tsx')),
  users: lazy(() => import('./users/UsersPage.tsx')),
};

export default function AdminPage() {
  const { t } = useTranslation('admin');
  const { page } = useParams({ from: '/app/admin/$page' });
  const me = useMe();
  // On a narrow screen the pages' names run on; the one that is open is brought into sight.
  const nav = useRef<HTMLElement>(null);
  const known = me !== undefined;
  useEffect(() => {
    if (known) nav.current?.querySelector(`[href$="/admin/${page}"]`)?.scrollIntoView({ inline: 'center', block: 'nearest' });
  }, [page, known]);
  if (!me) return <div className="admin-page"><Skeleton active /></div>;
  const pages = allowed(me);
  const [first] = pages;
  if (page === 'start' && first) return <Navigate to="/app/admin/$page" params={{ page: first.page }} replace />;
  const View = pages.some((entry) => entry.page === page) ? VIEWS[page] : undefined;
  if (!View) return <NotFound />;
  return (
    <div className="admin-page">
      <nav ref={nav} className="admin-nav" aria-label={t('title')}>
        {pages.map((entry) => (
          <Link key={entry.page} to="/app/admin/$page" params={{ page: entry.page }} search={{}} activeOptions={{ includeSearch: false }}>{t(`pages.${entry.page}`)}</Link>
        ))}
      </nav>
      <Suspense fallback={<Skeleton active />}><View /></Suspense>
    </div>
  );
}
