// The texts of graphs: they come with their pages, not with the shell.
import i18next from 'i18next';
import en from '@/shared/i18n/en/graph.json';
import zh from '@/shared/i18n/zh-CN/graph.json';

i18next.addResourceBundle('zh-CN', 'graph', zh);
i18next.addResourceBundle('en', 'graph', en);
