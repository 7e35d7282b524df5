// How the file is read: what was detected, each part changeable.
import { InputNumber, Select } from 'antd';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { Draft, Format } from './plan.ts';

interface Props { name: string; format: Format; draft: Draft | null; onFormat: (format: Format) => void; onHeaderRow: (row: number) => void }

const ENCODINGS = ['UTF-8', 'GB18030', 'UTF-16LE', 'UTF-16BE', 'Big5'];
const DELIMITERS: [string, string][] = [[',', 'comma'], [';', 'semicolon'], ['\t', 'tab'], ['|', 'bar']];
const HEADER_MAX = 1000;

export function FormatBar({ name, format, draft, onFormat, onHeaderRow }: Props) {
  const { t } = useTranslation('import');
  const id = useId();
  return (
    <section className="panel imp-card imp-format" aria-label={t('reading')}>
      <b className="imp-name">{name}</b>
      {format.kind === 'csv' ? (
        <>
          <span className="imp-pair">
            <label htmlFor={`${id}-encoding`}>{t('encoding')}</label>
            <Select id={`${id}-encoding`} value={known(format.encoding)} options={encodings(format.encoding)} onChange={(encoding: string) => onFormat({ ...format, encoding })} popupMatchSelectWidth={false} />
          </span>
          <span className="imp-pair">
            <label htmlFor={`${id}-delimiter`}>{t('delimiter')}</label>
            <Select
              id={`${id}-delimiter`} value={format.delimiter} onChange={(delimiter: string) => onFormat({ ...format, delimiter })} popupMatchSelectWidth={false}
              options={DELIMITERS.map(([value, word]) => ({ value, label: t(`delimiters.${word}`) }))}
            />
          </span>
        </>
      ) : (
        <span className="imp-pair">
          <label htmlFor={`${id}-sheet`}>{t('sheet')}</label>
          <Select id={`${id}-sheet`} value={format.sheet} options={format.sheets.map((sheet) => ({ value: sheet, label: sheet }))} onChange={(sheet: string) => onFormat({ ...format, sheet })} popupMatchSelectWidth={false} />
        </span>
      )}
      {draft && (
        <span className="imp-pair">
          <label htmlFor={`${id}-row`}>{t('headerRow')}</label>
          <InputNumber id={`${id}-row`} min={1} max={HEADER_MAX} precision={0} value={draft.headerRow} onChange={(row) => row !== null && onHeaderRow(row)} />
        </span>
      )}
      <span className="muted imp-detected">{t('detected')}</span>
      {draft && draft.headerRow !== draft.foundRow && <p className="imp-note">{t('headerMoved', { row: draft.foundRow, next: draft.headerRow + 1 })}</p>}
    </section>
  );
}

const known = (encoding: string) => ENCODINGS.find((one) => one.toLowerCase() === encoding.toLowerCase()) ?? encoding;

function encodings(current: string) {
  const all = ENCODINGS.includes(known(current)) ? ENCODINGS : [current, ...ENCODINGS];
  return all.map((value) => ({ value, label: value }));
}
