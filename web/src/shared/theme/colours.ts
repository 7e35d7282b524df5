// The one place that knows colours and letters, without the kit: the first code needs them too.
// `app.css` mirrors them as custom properties.

export const FONT =
  '-apple-system, BlinkMacSystemFont, "PingFang SC", "HarmonyOS Sans SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "Segoe UI", sans-serif';

export const color = {
  primary: '#1D4ED8',
  primaryLine: '#C7D6FB',
  background: '#F4F6FA',
  surface: '#FFFFFF',
  line: '#E5E9F0',
  text: '#1B2433',
  text2: '#5A6577',
  text3: '#677284',
  danger: '#C8302B',
  success: '#14804A',
  warn: '#B45309',
  info: '#0369A1',
} as const;

/** Ground, line and letters of a warning, by how grave it is. */
export const banner = {
  high: ['#FDEEED', '#F6C9C7', '#8F1F1B'],
  medium: ['#FFF7E8', '#F6DDB0', '#7A4B05'],
  low: ['#E8F4FB', '#C5E3F2', '#0B4F73'],
} as const;
