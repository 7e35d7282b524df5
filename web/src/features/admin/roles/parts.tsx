// Small signs of rights: an access, a scope, an action.
import { EditOutlined, EyeInvisibleOutlined, EyeOutlined, LockOutlined } from '@ant-design/icons';
import { Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import { Tag } from '@/shared/ui/Tag.tsx';
import { type Access, isWord, type SightObject, shares } from './model.ts';

const ICONS = { write: EditOutlined, read: EyeOutlined, masked: LockOutlined, hidden: EyeInvisibleOutlined } as const;

export function AccessMark({ access }: { access: Access }) {
  const { t } = useTranslation('admin');
  const Icon = ICONS[access];
  return <span className={`access access-${access}`}><Icon aria-hidden="true" /> {t(`roles.access.${access}`)}</span>;
}

/** Rows as a word; a condition of its own is shown in full when pointed at. */
export function Scope({ rows, when }: { rows: string; when?: string | null }) {
  const { t } = useTranslation('admin');
  const word = isWord(rows) ? t(`roles.rows.${rows}`) : t('roles.rows.when');
  const condition = [isWord(rows) ? '' : rows, when ?? ''].filter((part) => part !== '').join(' and ');
  const tag = <Tag color={rows === 'all' ? 'purple' : condition ? 'orange' : 'blue'}>{word}{when ? ` + ${t('roles.rows.when')}` : ''}</Tag>;
  if (!condition) return tag;
  return <Tooltip title={<span className="code">{condition}</span>}><button type="button" className="scope-button" aria-label={`${word} ${condition}`}>{tag}</button></Tooltip>;
}

/** How many fields may be written, read, read masked, or not seen, as a bar and in words. */
export function Shares({ object }: { object: SightObject }) {
  const { t } = useTranslation('admin');
  const parts = shares(object);
  return (
    <span className="shares">
      <span className="shares-bar" aria-hidden="true">{parts.map(({ access, count }) => <i key={access} className={`share-${access}`} style={{ flexGrow: count }} />)}</span>
      <span className="shares-words tabular">{parts.map(({ access, count }) => `${t(`roles.access.${access}`)} ${count}`).join(' · ')}</span>
    </span>
  );
}
