// Texts of what a record page reckons and keeps besides its fields.
import i18next from 'i18next';
import en from '@/shared/i18n/en/insight.json';
import zh from '@/shared/i18n/zh-CN/insight.json';

i18next.addResourceBundle('zh-CN', 'insight', zh);
i18next.addResourceBundle('en', 'insight', en);
