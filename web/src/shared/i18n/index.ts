// Texts of the screen. Labels of objects, fields and options come from the server.
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { shared } from '../api/http.ts';
import { type Language, store, stored } from './stored.ts';
import zh from './zh-CN/index.ts';

export type { Language };

export function language(): Language {
  return i18next.language === 'en' ? 'en' : 'zh-CN';
}

async function load(wanted: Language): Promise<void> {
  if (wanted === 'en' && !i18next.hasResourceBundle('en', 'common')) {
    const { default: en } = await import('./en/index.ts');
    for (const [namespace, texts] of Object.entries(en)) i18next.addResourceBundle('en', namespace, texts);
  }
  shared.language = wanted;
  document.documentElement.lang = wanted;
}

export async function start(): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: { 'zh-CN': zh },
    lng: 'zh-CN',
    fallbackLng: 'zh-CN',
    defaultNS: 'common',
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  await choose(stored());
}

export async function choose(wanted: Language): Promise<void> {
  await load(wanted);
  store(wanted);
  await i18next.changeLanguage(wanted);
  document.title = i18next.t('common:product');
}
