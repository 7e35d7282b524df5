// Several records from rows of a spreadsheet: what was pasted is shown as it is read, then goes the
// way of every import, with its columns mapped and tried before anything is written.
import { useNavigate } from '@tanstack/react-router';
import { Checkbox, Input, Modal } from 'antd';
import { useId, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ObjectDef } from '@/shared/api/types.ts';
import { upload } from '@/shared/api/upload.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { cellsOf, csvOf, MOST_COLUMNS, MOST_ROWS, namesColumns, pastedOf } from './paste.ts';
import './texts.ts';
import './import.css';

const SHOWN = 5;

/** `columns` are the labels that stand in the list, for rows without names. */
interface Props { object: ObjectDef; columns: string[]; text?: string; onClose: () => void }

export default function PasteDialog({ object, columns, text: given = '', onClose }: Props) {
  const { t } = useTranslation('import');
  const navigate = useNavigate();
  const id = useId();
  const [text, setText] = useState(given);
  const [named, setNamed] = useState<boolean | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const cells = useMemo(() => cellsOf(text), [text]);
  const labels = useMemo(() => object.fields.map((field) => field.label), [object]);
  const first = named ?? namesColumns(cells[0] ?? [], labels);
  const pasted = useMemo(() => pastedOf(cells, first, columns, (at) => t('unnamed', { at })), [cells, first, columns, t]);
  const tooMuch = pasted.rows.length > MOST_ROWS || pasted.header.length > MOST_COLUMNS;
  const go = async () => {
    setBusy(true);
    setProblem(null);
    const name = t('paste.name', { label: object.label });
    try {
      const file = new File([csvOf(pasted)], `${name}.csv`, { type: 'text/csv' });
      const sent = await upload(file, () => undefined);
      void navigate({ to: '/app/imports/new', search: { object: object.name, file: sent.id, name } });
      onClose();
    } catch (error) {
      setProblem(error);
      setBusy(false);
    }
  };
  return (
    <Modal
      open title={t('paste.title', { label: object.label })} width={760} okText={t('paste.go')} cancelText={t('common:cancel')} confirmLoading={busy}
      okButtonProps={{ disabled: pasted.rows.length === 0 || tooMuch }} onOk={() => void go()} onCancel={onClose}
    >
      <div className="imp-paste">
        <label htmlFor={id} className="muted">{t('paste.hint')}</label>
        <Input.TextArea id={id} rows={4} value={text} autoFocus spellCheck={false} onChange={(event) => setText(event.target.value)} />
        {cells.length > 0 && (
          <>
            <Checkbox checked={first} onChange={(event) => setNamed(event.target.checked)}>{t('paste.first')}</Checkbox>
            <div className="imp-rows" role="region" aria-label={t('paste.preview')} tabIndex={0}>
              <table>
                <thead><tr>{pasted.header.map((name, at) => <th key={at} scope="col">{name}</th>)}</tr></thead>
                <tbody>{pasted.rows.slice(0, SHOWN).map((row, at) => <tr key={at}>{row.map((cell, column) => <td key={column}>{cell}</td>)}</tr>)}</tbody>
              </table>
            </div>
            <p className={tooMuch ? 'imp-stop' : 'muted'} role="status">{tooMuch ? t('paste.tooMuch', { rows: MOST_ROWS, columns: MOST_COLUMNS }) : t('rows', { count: pasted.rows.length })}</p>
          </>
        )}
        {problem !== null && <Failure error={problem} />}
      </div>
    </Modal>
  );
}
