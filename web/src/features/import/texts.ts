// Texts of these pages, which only those who import need.
import i18next from 'i18next';
import en from '@/shared/i18n/en/import.json';
import zh from '@/shared/i18n/zh-CN/import.json';

i18next.addResourceBundle('zh-CN', 'import', zh);
i18next.addResourceBundle('en', 'import', en);
