// What the kit is told of colours and sizes.
import { theme as kit, type ThemeConfig } from 'antd';
import { color, FONT } from './colours.ts';

const light: ThemeConfig = {
  token: {
    colorPrimary: color.primary,
    // White letters stay readable on a button under the pointer: the kit lightens too much.
    colorPrimaryHover: '#1A46C2',
    colorErrorHover: '#B32A26',
    colorInfo: color.info,
    colorSuccess: color.success,
    colorWarning: color.warn,
    colorError: color.danger,
    // The kit derives muddy grounds from these dark hues.
    colorInfoBg: '#E9F4FB',
    colorInfoBorder: '#A9D3EA',
    colorSuccessBg: '#EAF7F0',
    colorSuccessBorder: '#A6D8BD',
    colorWarningBg: '#FDF4E7',
    colorWarningBorder: '#EFCF9F',
    colorErrorBg: '#FDEFEE',
    colorErrorBorder: '#F0B6B3',
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

/** What differs in the dark. Fills keep white text readable, links and texts are lighter. */
const dark: ThemeConfig['token'] = {
  colorPrimary: '#3A6BEA',
  colorInfo: '#6DB9E8',
  colorSuccess: '#5FC48D',
  colorWarning: '#E6A15A',
  colorError: '#E5605A',
  colorLink: '#8AB0FF',
  colorText: '#E6EAF2',
  colorTextSecondary: '#A9B4C6',
  colorTextTertiary: '#98A4B8',
  colorTextDescription: '#98A4B8',
  colorTextPlaceholder: '#98A4B8',
  colorBorder: '#455268',
  colorBorderSecondary: '#2A3446',
  colorBgLayout: '#10151F',
  colorBgContainer: '#171E2B',
  colorBgElevated: '#1F2736',
  colorInfoBg: '#12293A',
  colorInfoBorder: '#28526F',
  colorSuccessBg: '#12301F',
  colorSuccessBorder: '#2B6646',
  colorWarningBg: '#35240F',
  colorWarningBorder: '#73501F',
  colorErrorBg: '#3A1716',
  colorErrorBorder: '#7E3532',
};

export function themeOf(isDark: boolean): ThemeConfig {
  if (!isDark) return light;
  return { ...light, algorithm: kit.darkAlgorithm, token: { ...light.token, ...dark } };
}
