// Two people changed one record: before, theirs and mine side by side, one choice a field.
import { Modal, Radio } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldOf } from '@/meta/definitions.ts';
import { Show } from '@/meta/fields/Show.tsx';
import type { Json, ObjectDef, RecordView } from '@/shared/api/types.ts';
import type { Clash } from './useEditor.ts';

interface Props { object: ObjectDef; record: RecordView; clash: Clash; onSettle: (keepTheirs: ReadonlySet<string>) => void; onClose: () => void }

export function ConflictDialog({ object, record, clash, onSettle, onClose }: Props) {
  const { t } = useTranslation('record');
  const [theirs, setTheirs] = useState<ReadonlySet<string>>(() => new Set());
  const choose = (field: string, their: boolean) => {
    const next = new Set(theirs);
    if (their) next.add(field);
    else next.delete(field);
    setTheirs(next);
  };
  const several = clash.conflicts.length > 0;
  return (
    <Modal open title={t('conflict.title')} width={760} okText={t('conflict.save')} cancelText={t('stay')} onOk={() => onSettle(theirs)} onCancel={onClose} className="conflict">
      <p className="muted">{several ? t('conflict.hint') : t('conflict.same')}</p>
      {clash.conflicts.map((conflict) => {
        const field = fieldOf(object, conflict.field);
        if (!field) return null;
        const show = (value: Json, from: RecordView) => <Show field={field} value={value} record={{ ...from, masked: [], values: { ...from.values, [field.name]: value } }} plain />;
        return (
          <fieldset key={conflict.field} className="conflict-field">
            <legend>{field.label}</legend>
            <div><small>{t('conflict.original')}</small><span>{show(conflict.original, record)}</span></div>
            <Radio.Group value={theirs.has(conflict.field) ? 'theirs' : 'mine'} onChange={(event) => choose(conflict.field, event.target.value === 'theirs')}>
              <Radio value="theirs"><small>{t('conflict.theirs')}</small> {show(conflict.theirs, clash.theirs)}</Radio>
              <Radio value="mine"><small>{t('conflict.mine')}</small> {show(conflict.mine, record)}</Radio>
            </Radio.Group>
          </fieldset>
        );
      })}
    </Modal>
  );
}
