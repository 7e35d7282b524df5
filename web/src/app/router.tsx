// Pages by address. Everything below `app/`; the server sends the app for `/` and `/app/…` only.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { root as base } from '@/shared/api/http.ts';
import { readAdminSearch } from '@/features/admin/search.ts';
import { readImportSearch } from '@/features/import/search.ts';
import { readMergeSearch } from '@/features/merges/search.ts';
import { readListSearch } from '@/features/list/search.ts';
import { readGraphSearch } from '@/graph/search.ts';
import { PageError } from './PageError.tsx';
import { NotFound } from './NotFound.tsx';
import { Shell } from './shell/Shell.tsx';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('@/features/home/HomePage.tsx')),
});

const list = createRoute({
  getParentRoute: () => root,
  path: '/app/list/$object',
  validateSearch: readListSearch,
  component: lazyRouteComponent(() => import('@/features/list/ListPage.tsx')),
});

const record = createRoute({
  getParentRoute: () => root,
  path: '/app/record/$object/$id',
  validateSearch: (search: Record<string, unknown>): { tab?: number } => ({
    tab: Number.isInteger(Number(search.tab)) && search.tab !== undefined ? Number(search.tab) : undefined,
  }),
  component: lazyRouteComponent(() => import('@/features/record/RecordPage.tsx')),
});

const graph = createRoute({
  getParentRoute: () => root,
  path: '/app/graph/$object/$id',
  validateSearch: readGraphSearch,
  component: lazyRouteComponent(() => import('@/graph/GraphPage.tsx')),
});

const create = createRoute({
  getParentRoute: () => root,
  path: '/app/new/$object',
  validateSearch: (search: Record<string, unknown>): { set?: string } => ({
    set: typeof search.set === 'string' ? search.set : undefined,
  }),
  component: lazyRouteComponent(() => import('@/features/record/CreatePage.tsx')),
});

const admin = createRoute({
  getParentRoute: () => root,
  path: '/app/admin/$page',
  validateSearch: readAdminSearch,
  component: lazyRouteComponent(() => import('@/features/admin/AdminPage.tsx')),
});

const imports = createRoute({
  getParentRoute: () => root,
  path: '/app/imports',
  component: lazyRouteComponent(() => import('@/features/import/ImportsPage.tsx')),
});

const importSetUp = createRoute({
  getParentRoute: () => root,
  path: '/app/imports/new',
  validateSearch: readImportSearch,
  component: lazyRouteComponent(() => import('@/features/import/WizardPage.tsx')),
});

const importPage = createRoute({
  getParentRoute: () => root,
  path: '/app/imports/$id',
  component: lazyRouteComponent(() => import('@/features/import/ImportPage.tsx')),
});

const merges = createRoute({
  getParentRoute: () => root,
  path: '/app/merges',
  validateSearch: readMergeSearch,
  component: lazyRouteComponent(() => import('@/features/merges/MergesPage.tsx')),
});

const menu = createRoute({
  getParentRoute: () => root,
  path: '/app/menu',
  component: lazyRouteComponent(() => import('./shell/MenuPage.tsx')),
});

export const router = createRouter({
  routeTree: root.addChildren([home, list, record, graph, create, imports, importSetUp, importPage, merges, menu, admin]),
  basepath: base.pathname,
  defaultErrorComponent: PageError,
  defaultPreload: 'intent',
  defaultPendingMs: 150,
  scrollRestoration: true,
  scrollToTopSelectors: ['.shell-main'],
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
