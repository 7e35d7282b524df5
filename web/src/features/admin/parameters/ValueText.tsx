// A parameter's value as people read it; a long list by its length.
import { useTranslation } from 'react-i18next';
import { useRoles } from '../roles/useRoles.ts';
import { text, type Value } from './model.ts';

const FEW = 4;

export function ValueText({ value, short }: { value: Value | null; short?: boolean }) {
  const { t, i18n } = useTranslation('admin');
  const roles = useRoles().data?.roles;
  if (short && Array.isArray(value) && value.length > FEW) return <span title={value.join('\n')}>{t('parameters.several', { first: value[0], count: value.length })}</span>;
  // Names of roles are read as their labels.
  const spoken = Array.isArray(value) ? value.map((one) => roles?.find((role) => role.name === one)?.label ?? one) : value;
  return <span className="tabular">{text(spoken, t('common:yes'), t('common:no'), i18n.language === 'en' ? ', ' : '、')}</span>;
}
