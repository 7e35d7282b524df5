// The texts of administration: they come with its pages, not with the shell.
import i18next from 'i18next';
import en from '@/shared/i18n/en/admin.json';
import zh from '@/shared/i18n/zh-CN/admin.json';

i18next.addResourceBundle('zh-CN', 'admin', zh);
i18next.addResourceBundle('en', 'admin', en);
