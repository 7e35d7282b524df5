// Keeping a view: its name, who sees it, where it stands. The same dialog changes a kept one.
import { App, Checkbox, Input, Modal, Radio } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isProblem } from '@/shared/api/problem.ts';
import type { ObjectDef } from '@/shared/api/types.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import type { ListState } from './useListState.ts';
import { AUDIENCES, type Audience, type ListView } from './views.ts';

/** With `view`, that view is changed; else what is on the screen is kept as a new one. */
interface Props { state: ListState; object: ObjectDef; view?: ListView; onClose: () => void }

export default function ViewDialog({ state, object, view, onClose }: Props) {
  const { t } = useTranslation('list');
  const { message } = App.useApp();
  const id = useId();
  const [name, setName] = useState(view?.label ?? '');
  const [audience, setAudience] = useState<Audience>(view?.kept?.audience ?? 'personal');
  const [pinned, setPinned] = useState(view?.kept?.pinned ?? true);
  const [first, setFirst] = useState(view?.kept?.first ?? false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const { kept } = state;
  const go = async () => {
    setBusy(true);
    setProblem(null);
    const form = { name: name.trim(), audience, pinned, first };
    try {
      // One's own choice of what opens first is one view.
      const before = first && state.views.find((one) => one.kept?.mine && one.kept.first && one.name !== view?.name && one.kept.audience === audience);
      if (before) await kept.change(before, { first: false });
      if (view) await kept.change(view, form);
      else {
        const { definition, dropped } = state.definition();
        const made = await kept.create(form, definition);
        state.revert(made);
        if (dropped) void message.info({ content: t('viewSavedWithout'), duration: 5 });
      }
      if (view) void message.success({ content: t('viewSaved'), duration: 1.5 });
      onClose();
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };
  return (
    <Modal
      open title={view ? t('viewEdit') : t('viewNew', { label: object.label })} okText={t('common:save')} cancelText={t('common:cancel')} width={460}
      okButtonProps={{ disabled: !name.trim(), loading: busy }} onOk={() => void go()} onCancel={onClose}
    >
      <div className="bulk-form">
        <label htmlFor={`${id}-name`}>{t('viewName')}</label>
        <Input id={`${id}-name`} value={name} maxLength={40} autoFocus onChange={(event) => setName(event.target.value)} onPressEnter={() => name.trim() && void go()} />
        <span id={`${id}-audience`}>{t('viewAudience')}</span>
        <Radio.Group value={audience} onChange={(event) => { setAudience(event.target.value as Audience); setProblem(null); }} aria-labelledby={`${id}-audience`} className="view-audience">
          {AUDIENCES.map((one) => <Radio key={one} value={one}>{t(`audience.${one}`)}<small className="muted">{t(`audienceHint.${one}`)}</small></Radio>)}
        </Radio.Group>
        <Checkbox checked={pinned} onChange={(event) => setPinned(event.target.checked)}>{t('viewPinned')}</Checkbox>
        <Checkbox checked={first} onChange={(event) => setFirst(event.target.checked)}>{t('viewFirst')}</Checkbox>
        {audience !== 'personal' && <p className="muted view-note">{t('viewNote')}</p>}
        {problem !== null && (isProblem(problem, 'forbidden', 'read_only') ? <p className="field-problem" role="alert">{t('viewForbidden', { audience: t(`audience.${audience}`) })}</p> : <Failure error={problem} />)}
      </div>
    </Modal>
  );
}
