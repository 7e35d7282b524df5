// How a page would look with a layout: the frame of it, without anybody's data.
import { useTranslation } from 'react-i18next';
import { language } from '@/shared/i18n/index.ts';
import type { Part } from './layout.ts';
import { type FieldShape, wordOf } from './shapes.ts';

interface Props { title: string; highlights: string[]; parts: Part[]; fields: Map<string, FieldShape>; phone: boolean }

export function Preview({ title, highlights, parts, fields, phone }: Props) {
  const { t, i18n } = useTranslation('admin');
  const tongue = language();
  const word = (name: string) => wordOf(fields.get(name)?.label ?? { zh: name, en: name }, tongue) || name;
  const type = (name: string) => {
    const known = fields.get(name)?.type ?? '';
    return i18n.exists(`admin:types.${known}`) ? t(`types.${known}`) : '';
  };
  return (
    <div className={`panel preview${phone ? ' preview-phone' : ''}`}>
      <p className="preview-title">{title}</p>
      {highlights.length > 0 && <dl className="preview-marks">{highlights.map((name) => <div key={name}><dt>{word(name)}</dt><dd>—</dd></div>)}</dl>}
      {parts.map((part) => (
        <section key={part.key}>
          <h3>{wordOf(part.label, tongue)}</h3>
          <dl className="preview-fields">
            {part.fields.map((name) => (
              <div key={name} data-wide={fields.get(name)?.type === 'long_text' || undefined}>
                <dt>{word(name)}{fields.get(name)?.marks.includes('required') && <i className="field-required">*</i>}</dt>
                <dd>{type(name)}</dd>
              </div>
            ))}
          </dl>
          {part.more && <p className="muted">{t('definitions.holdsMore')}</p>}
        </section>
      ))}
    </div>
  );
}
