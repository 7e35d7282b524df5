// Two people changed one record: before, theirs and mine side by side, one choice a field.
import { Modal, Radio } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldOf } from '@/meta/definitions.ts';
import { linkOf } from '@/meta/fields/links.ts';
import { Show } from '@/meta/fields/Show.tsx';
import { useTitle } from '@/meta/useTitle.ts';
import type { Field, Json, ObjectDef, RecordView } from '@/shared/api/types.ts';
import type { Clash } from './useEditor.ts';

interface Props { object: ObjectDef; clash: Clash; onSettle: (keepTheirs: ReadonlySet<string>) => void; onClose: () => void }

export default function ConflictDialog({ object, clash, onSettle, onClose }: Props) {
  const { t } = useTranslation('record');
  const [theirs, setTheirs] = useState<ReadonlySet<string>>(() => new Set());
  const choose = (field: string, their: boolean) => {
    const next = new Set(theirs);
    if (their) next.add(field);
    else next.delete(field);
    setTheirs(next);
  };
  return (
    <Modal open title={t('conflict.title')} width={760} okText={t('conflict.save')} cancelText={t('stay')} onOk={() => onSettle(theirs)} onCancel={onClose} className="conflict">
      <p className="muted">{t('conflict.hint')}</p>
      {clash.conflicts.map((conflict) => {
        const field = fieldOf(object, conflict.field);
        if (!field) return null;
        return (
          <fieldset key={conflict.field} className="conflict-field">
            <legend>{field.label}</legend>
            <div><small>{t('conflict.original')}</small><span><One field={field} value={conflict.original} from={clash.base} /></span></div>
            <Radio.Group value={theirs.has(conflict.field) ? 'theirs' : 'mine'} onChange={(event) => choose(conflict.field, event.target.value === 'theirs')}>
              <Radio value="theirs"><small>{t('conflict.theirs')}</small> <One field={field} value={conflict.theirs} from={clash.theirs} /></Radio>
              <Radio value="mine"><small>{t('conflict.mine')}</small> <One field={field} value={conflict.mine} /></Radio>
            </Radio.Group>
          </fieldset>
        );
      })}
    </Modal>
  );
}

/** A value by the record it stands in; one that was typed stands in none, so its title is asked for. */
function One({ field, value, from }: { field: Field; value: Json; from?: RecordView }) {
  const link = from ? null : linkOf(field, value);
  const asked = useTitle(link?.object ? link : null);
  const titles = from?.titles ?? (asked ? { [field.name]: asked } : undefined);
  return <Show field={field} value={value} record={{ object: '', id: '', version: 0, masked: [], values: { [field.name]: value }, titles }} plain />;
}
