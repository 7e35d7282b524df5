// The one place that knows colours and sizes. `app.css` mirrors them as custom properties.
import type { ThemeConfig } from 'antd';

export const FONT =
  '-apple-system, BlinkMacSystemFont, "PingFang SC", "HarmonyOS Sans SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "Segoe UI", sans-serif';

export const color = {
  primary: '#1D4ED8',
  background: '#F4F6FA',
  surface: '#FFFFFF',
  line: '#E5E9F0',
  text: '#1B2433',
  text2: '#5A6577',
  text3: '#677284',
  sider: '#0F1B33',
  siderDeep: '#0B152A',
  danger: '#C8302B',
  success: '#14804A',
  warn: '#B45309',
  info: '#0369A1',
} as const;

export const theme: ThemeConfig = {
  token: {
    colorPrimary: color.primary,
    colorInfo: color.info,
    colorSuccess: color.success,
    colorWarning: color.warn,
    colorError: color.danger,
    colorLink: color.primary,
    colorText: color.text,
    colorTextSecondary: color.text2,
    colorTextTertiary: color.text3,
    colorTextDescription: color.text3,
    colorTextPlaceholder: color.text3,
    colorBorder: '#CBD3DF',
    colorBorderSecondary: color.line,
    colorBgLayout: color.background,
    borderRadius: 6,
    borderRadiusLG: 8,
    controlHeight: 32,
    controlHeightSM: 26,
    fontFamily: FONT,
    fontSize: 14,
    motionDurationSlow: '0.2s',
    motionDurationMid: '0.15s',
    motionDurationFast: '0.1s',
  },
  components: {
    Button: { primaryShadow: 'none', defaultShadow: 'none', dangerShadow: 'none' },
    Drawer: { paddingLG: 16 },
  },
};
