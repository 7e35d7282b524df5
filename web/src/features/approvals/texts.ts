// The texts of requests for approval: they come with what shows them, not with the shell.
import i18next from 'i18next';
import en from '@/shared/i18n/en/approvals.json';
import zh from '@/shared/i18n/zh-CN/approvals.json';

i18next.addResourceBundle('zh-CN', 'approvals', zh);
i18next.addResourceBundle('en', 'approvals', en);
