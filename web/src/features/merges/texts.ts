// The texts of merging: they come with its pages, not with the shell.
import i18next from 'i18next';
import en from '@/shared/i18n/en/merge.json';
import zh from '@/shared/i18n/zh-CN/merge.json';

i18next.addResourceBundle('zh-CN', 'merge', zh);
i18next.addResourceBundle('en', 'merge', en);
