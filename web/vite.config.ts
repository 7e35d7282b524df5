import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { budgets } from './vite/budgets.ts';
import { checkDist } from './vite/check-dist.ts';
import { compress } from './vite/compress.ts';

const ENTRY = 'src/app/main.tsx';
const SHELL = 'src/app/App.tsx';

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
    react(),
    page,
    budgets([
      { name: 'login', module: 'src/features/login/LoginPage.tsx', after: [], kilobytes: 150 },
      { name: 'shell', module: SHELL, after: [], kilobytes: 380 },
      { name: 'list', module: 'src/features/list/ListPage.tsx', after: [ENTRY, SHELL], kilobytes: 60 },
      { name: 'record', module: 'src/features/record/RecordPage.tsx', after: [ENTRY, SHELL], kilobytes: 60 },
      { name: 'expressions', module: 'src/meta/expr/judge.ts', after: [ENTRY, SHELL], kilobytes: 10 },
      { name: 'graph', module: 'src/graph/Canvas.tsx', after: [ENTRY, SHELL], kilobytes: 175 },
      { name: 'import', module: 'src/features/import/WizardPage.tsx', after: [ENTRY, SHELL], kilobytes: 60 },
    ]),
    compress(),
    checkDist(),
  ],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1000,
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules\/(react|react-dom|scheduler|i18next|react-i18next)\// },
            { name: 'kit', test: /node_modules\/(antd|@ant-design|@rc-component)\//, minShareCount: 8 },
          ],
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
