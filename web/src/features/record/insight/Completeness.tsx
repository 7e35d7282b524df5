// How complete a record is, by each list that asks, and what is missing with the way to fill it in.
import { CheckCircleFilled } from '@ant-design/icons';
import { Button, Popover } from 'antd';
import { useTranslation } from 'react-i18next';
import { shifted } from '@/meta/fields/amount.ts';
import type { Completeness as Part, RecordView } from '@/shared/api/types.ts';
import './texts.ts';
import './insight.css';

interface Props { parts: Part[]; record: RecordView; onEdit: (field: string) => void }

export function Completeness({ parts, record, onEdit }: Props) {
  const { t } = useTranslation('insight');
  if (parts.length === 0) return null;
  return (
    <ul className="complete panel" aria-label={t('complete.title')}>
      {parts.map((part) => {
        const percent = shifted(part.share, 2, 0);
        const whole = part.missing.length === 0;
        return (
          <li key={part.name}>
            <span className="complete-label">{part.label}</span>
            <meter min={0} max={100} value={Number(percent)} aria-label={part.label}>{percent}%</meter>
            <b className="tabular">{percent}%</b>
            {whole ? <span className="complete-whole"><CheckCircleFilled /> {t('complete.whole')}</span> : (
              <Popover trigger="click" placement="bottomLeft" title={t('complete.list', { label: part.label })} content={<Missing part={part} record={record} onEdit={onEdit} />}>
                <button type="button" className="complete-more">{t('complete.missing', { count: part.missing.length })}</button>
              </Popover>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function Missing({ part, record, onEdit }: { part: Part; record: RecordView; onEdit: (field: string) => void }) {
  const { t } = useTranslation('insight');
  return (
    <ul className="complete-missing">
      {part.missing.map((item) => {
        const { field } = item;
        return (
          <li key={item.code}>
            <span>{item.label}<small className="muted">{t('complete.by', { who: item.by.map((who) => t(`complete.who.${who}`)).join('、') })}</small></span>
            {field && record.access?.write.includes(field) && <Button size="small" onClick={() => onEdit(field)}>{t('complete.fill')}</Button>}
          </li>
        );
      })}
    </ul>
  );
}
