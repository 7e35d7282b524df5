import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { budgets } from './vite/budgets.ts';
import { checkDist } from './vite/check-dist.ts';
import { together } from './vite/chunks.ts';
import { compress } from './vite/compress.ts';
import { direct } from './vite/direct.ts';
import { preload } from './vite/preload.ts';

const BOOT = 'src/app/boot.ts';
const ENTRY = 'src/app/main.tsx';
const SHELL = 'src/app/App.tsx';
const LOGIN = 'src/features/login/LoginPage.tsx';
const HOME = 'src/features/home/HomePage.tsx';
const LIST = 'src/features/list/ListPage.tsx';
const RECORD = 'src/features/record/RecordPage.tsx';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The development server takes the place of the server that fills in the page. */
const page = {
  name: 'jinyao:page',
  apply: 'serve' as const,
  transformIndexHtml: (html: string) => html.replaceAll('__BASE__', '/').replace('__SESSION__', 'yes'),
};

export default defineConfig({
  base: './',
  html: { cspNonce: '__CSP_NONCE__' },
  plugins: [
    direct(),
    react(),
    page,
    budgets([
      { name: 'login', module: LOGIN, after: [], kilobytes: 150 },
      { name: 'shell', module: SHELL, after: [], kilobytes: 280 },
      { name: 'list', module: LIST, after: [ENTRY, SHELL], kilobytes: 60 },
      { name: 'record', module: RECORD, after: [ENTRY, SHELL], kilobytes: 60 },
      { name: 'expressions', module: 'src/meta/expr/judge.ts', after: [ENTRY, SHELL], kilobytes: 10 },
      { name: 'graph', module: 'src/graph/Canvas.tsx', after: [ENTRY, SHELL], kilobytes: 175 },
      { name: 'import', module: 'src/features/import/WizardPage.tsx', after: [ENTRY, SHELL], kilobytes: 105 },
    ]),
    preload({
      out: [ENTRY, LOGIN], in: [ENTRY, SHELL], '': [ENTRY, SHELL, HOME], list: [ENTRY, SHELL, LIST], record: [ENTRY, SHELL, RECORD],
    }),
    compress(),
    checkDist(),
  ],
  resolve: { alias: { '@': here('src') } },
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1000,
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: together({ boot: here(BOOT), entry: here(ENTRY), shell: here(SHELL), apart: here(LOGIN), daily: [HOME, LIST, RECORD].map(here) }),
        },
      },
    },
  },
  server: {
    proxy: { '/api': { target: process.env.JINYAO_URL ?? 'http://127.0.0.1:8600' } },
  },
  test: {
    environment: 'happy-dom',
    include: ['test/**/*.test.{ts,tsx}', 'src/**/*.test.{ts,tsx}'],
    setupFiles: ['test/setup.ts'],
  },
});
