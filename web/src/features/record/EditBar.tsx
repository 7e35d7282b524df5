// Stays in sight while a record is edited: what needs correction, how much is changed, save.
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { fieldOf } from '@/meta/definitions.ts';
import { instantText } from '@/meta/fields/moment.ts';
import type { Violation } from '@/shared/api/problem.ts';
import type { ObjectDef } from '@/shared/api/types.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import type { Editor } from './useEditor.ts';

export function EditBar({ editor, object, onGo }: { editor: Editor; object: ObjectDef; onGo: (field: string) => void }) {
  const { t } = useTranslation('record');
  if (!editor.whole) {
    const general = editor.violations.filter((violation) => violation.field.split('.')[0] !== editor.only);
    return (
      <>
        {general.length > 0 && <Summary violations={general} object={object} onGo={onGo} />}
        <Unsaved editor={editor} />
        <LeftOver editor={editor} />
      </>
    );
  }
  return (
    <div className="edit-bar" role="region" aria-label={t('editing')}>
      {editor.violations.length > 0 && <Summary violations={editor.violations} object={object} onGo={onGo} />}
      <Unsaved editor={editor} />
      <div className="edit-bar-line">
        <b>{t('editing')}</b>
        <span className="muted">{editor.dirty > 0 ? t('changed', { count: editor.dirty }) : ''}</span>
        <span className="related-gap" />
        <Button onClick={editor.cancel}>{t('common:cancel')}</Button>
        <Button type="primary" loading={editor.busy} onClick={() => void editor.save()}>{t('common:save')}</Button>
      </div>
    </div>
  );
}

/** Changes that a reload, a lost session or a closed browser left unsaved. */
function LeftOver({ editor }: { editor: Editor }) {
  const { t } = useTranslation('record');
  if (!editor.left) return null;
  const { at, count, older } = editor.left;
  return (
    <div className="left-over" role="region" aria-label={t('left.title')}>
      <span>{t('left.told', { when: instantText(at), count })}{older && <small>{t('left.older')}</small>}</span>
      <Button size="small" onClick={editor.throwAway}>{t('left.discard')}</Button>
      <Button size="small" type="primary" onClick={editor.takeUp}>{t('left.restore')}</Button>
    </div>
  );
}

/** A save that came to nothing; what was typed is still there. */
function Unsaved({ editor }: { editor: Editor }) {
  return editor.failure ? <div className="unsaved"><Failure error={editor.failure} onRetry={() => void editor.save()} /></div> : null;
}

export function Summary({ violations, object, onGo }: { violations: Violation[]; object: ObjectDef; onGo: (field: string) => void }) {
  const { t } = useTranslation('record');
  return (
    <div className="violations" role="alert">
      <b>{t('violations', { count: violations.length })}</b>
      <ul>
        {violations.map((violation) => {
          const field = fieldOf(object, violation.field.split('.')[0] ?? '');
          return (
            <li key={`${violation.field} ${violation.code}`}>
              {field ? <button type="button" onClick={() => onGo(field.name)}>{violation.message}</button> : violation.message}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
