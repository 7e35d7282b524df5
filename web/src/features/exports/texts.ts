// The texts of requests for exports: they come with what shows them, not with the shell.
import i18next from 'i18next';
import en from '@/shared/i18n/en/exports.json';
import zh from '@/shared/i18n/zh-CN/exports.json';

i18next.addResourceBundle('zh-CN', 'exports', zh);
i18next.addResourceBundle('en', 'exports', en);
