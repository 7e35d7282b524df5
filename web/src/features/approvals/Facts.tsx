// What a request is about, for those who answer it and those who asked.
import { useTranslation } from 'react-i18next';
import { grouped } from '@/meta/fields/amount.ts';
import { useTitles } from '@/meta/useTitles.ts';
import { Tag } from '@/shared/ui/Tag.tsx';
import type { Approval, ExportAsked, RevealAsked } from './requests.ts';

export function Facts({ approval }: { approval: Approval }) {
  const { t } = useTranslation('approvals');
  return (
    <>
      <dt>{t('purpose')}</dt><dd>{approval.purpose}</dd>
      {approval.export && <Leaves asked={approval.export} />}
      {approval.reveal && <Shows asked={approval.reveal} object={approval.object} label={approval.label} />}
    </>
  );
}

function Leaves({ asked }: { asked: ExportAsked }) {
  const { t } = useTranslation('approvals');
  const comma = t('list:listComma');
  const title = (name: string) => asked.titles[name] ?? name;
  const which = [asked.which, asked.search && t('searched', { text: asked.search })].filter(Boolean).join(comma);
  return (
    <>
      <dt>{t('rows')}</dt><dd className="tabular">{t('rowsOf', { rows: grouped(String(asked.rows)), format: asked.format === 'csv' ? 'CSV' : 'Excel' })}</dd>
      <dt>{t('which')}</dt><dd>{which || t('all')}</dd>
      <dt>{t('columns')}</dt><dd>{asked.columns.map(title).join(comma) || t('standard')}</dd>
      {asked.clear.length > 0 && <><dt>{t('clear')}</dt><dd className="several">{asked.clear.map((name) => <Tag key={name} color="red">{title(name)}</Tag>)}</dd></>}
    </>
  );
}

function Shows({ asked, object, label }: { asked: RevealAsked; object: string; label: string }) {
  const { t } = useTranslation('approvals');
  const title = useTitles([{ object, id: asked.record }]);
  return (
    <>
      <dt>{t('record')}</dt><dd>{label} · {title(asked.record) ?? t('outOfSight')}</dd>
      <dt>{t('field')}</dt><dd className="several"><Tag color="red">{asked.title}</Tag></dd>
    </>
  );
}
