// Rows pasted onto a list, or the button for it, lead to records made from them.
import { SnippetsOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ObjectDef } from '@/shared/api/types.ts';
import { looksLikeRows } from '../import/paste.ts';

const PasteDialog = lazy(() => import('../import/PasteDialog.tsx'));

export function PasteRows({ object, columns }: { object: ObjectDef; columns: string[] }) {
  const { t } = useTranslation('list');
  const [text, setText] = useState<string | null>(null);
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.closest('input, textarea, select, [contenteditable], .ant-modal, .ant-drawer, .ant-popover');
      const given = event.clipboardData?.getData('text/plain') ?? '';
      if (typing || !looksLikeRows(given)) return;
      event.preventDefault();
      setText(given);
    };
    document.addEventListener('paste', paste);
    return () => document.removeEventListener('paste', paste);
  }, []);
  return (
    <>
      <Button type="text" icon={<SnippetsOutlined />} onClick={() => setText('')}>{t('pasteRows')}</Button>
      {text !== null && <Suspense fallback={null}><PasteDialog object={object} columns={columns} text={text} onClose={() => setText(null)} /></Suspense>}
    </>
  );
}
