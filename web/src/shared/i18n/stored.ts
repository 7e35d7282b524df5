// The language this browser was last used in.

export type Language = 'zh-CN' | 'en';

const KEY = 'jinyao.language';

export function stored(): Language {
  return localStorage.getItem(KEY) === 'en' ? 'en' : 'zh-CN';
}

export function store(language: Language): void {
  localStorage.setItem(KEY, language);
}
