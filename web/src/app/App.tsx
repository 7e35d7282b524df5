// The signed-in app: theme, data, routes.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { App as AntApp, ConfigProvider } from 'antd';
import en from 'antd/locale/en_US';
import zh from 'antd/locale/zh_CN';
import dayjs from 'dayjs';
import 'dayjs/locale/zh-cn';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { isProblem, isTransient } from '@/shared/api/problem.ts';
import { applyLook, useLook } from '@/shared/theme/look.ts';
import { themeOf } from '@/shared/theme/tokens.ts';
import { useMedia } from '@/shared/ui/useMedia.ts';
import { styleNonce } from '@/shared/ui/styleNonce.ts';
import { router } from './router.tsx';
import { endSight } from './sight.ts';

/** Ends when the page at this address can be drawn. */
export const ready = () => router.load();

const nonce = document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce;

styleNonce(nonce);

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: false,
      retry: (count, error) => isTransient(error) && count < 4,
      retryDelay: (count, error) =>
        isProblem(error) && error.retryAfter ? error.retryAfter * 1000 : Math.min(500 * 2 ** count, 5000),
    },
    mutations: { retry: false },
  },
});

export default function App() {
  const { i18n } = useTranslation();
  const chinese = i18n.language !== 'en';
  const locale = useMemo(() => (chinese ? zh : en), [chinese]);
  const still = useMedia('(prefers-reduced-motion: reduce)');
  const { dark, look } = useLook();
  const theme = useMemo(() => themeOf(dark), [dark]);
  const drawn = useMemo(() => ({ ...theme, token: { ...theme.token, motion: !still } }), [theme, still]);
  useEffect(applyLook, [look, dark]);
  useLayoutEffect(endSight, []);
  const before = useRef(chinese);
  useEffect(() => {
    dayjs.locale(chinese ? 'zh-cn' : 'en');
    if (before.current === chinese) return;
    before.current = chinese;
    // Labels of objects, fields and options come in the language of the request.
    void queries.invalidateQueries();
  }, [chinese]);
  return (
    <ConfigProvider locale={locale} theme={drawn} csp={nonce ? { nonce } : undefined} button={{ autoInsertSpace: false }}>
      <AntApp className="ant-root" message={{ maxCount: 2, duration: 2.5 }}>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </AntApp>
    </ConfigProvider>
  );
}
