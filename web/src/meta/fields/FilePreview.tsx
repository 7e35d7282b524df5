// A file of a record, shown in the page, with the versions it replaced and how long it is kept. The
// server judges what can be shown by the content and sends it so that nothing in it runs.
import { DownloadOutlined } from '@ant-design/icons';
import { Alert, Button, Modal, Skeleton } from 'antd';
import { useQuery } from '@tanstack/react-query';
import i18next from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import en from '@/shared/i18n/en/file.json';
import zh from '@/shared/i18n/zh-CN/file.json';
import { address, call, send } from '@/shared/api/http.ts';
import type { RecordView } from '@/shared/api/types.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { NewVersion } from './NewVersion.tsx';
import { instantText } from './moment.ts';
import { type FileVersion, type FileVersions, sizeText, textOf } from './preview.ts';

i18next.addResourceBundle('zh-CN', 'file', zh);
i18next.addResourceBundle('en', 'file', en);

const TEXT_BYTES = 200_000;

/** `versions`: whether the field keeps what it held when it is given another file. */
interface Props { record: RecordView; field: string; name: string; versions: boolean }

export default function FilePreview({ record, field, name, versions }: Props) {
  const { t } = useTranslation('file');
  const [open, setOpen] = useState(false);
  return (
    // The window is drawn elsewhere, but what is pressed in it would still reach the row it stands in.
    <span role="presentation" onClick={(event) => event.stopPropagation()} onKeyDown={(event) => event.key !== 'Escape' && event.stopPropagation()}>
      <button type="button" className="file-look" aria-label={t('show', { name })} onClick={() => setOpen(true)}>{name}</button>
      {open && <Look record={record} field={field} name={name} versions={versions} onClose={() => setOpen(false)} />}
    </span>
  );
}

function Look({ record, field, name, versions: keeps, onClose }: Props & { onClose: () => void }) {
  const { t } = useTranslation('file');
  const path = `records/${record.object}/${record.id}/files/${field}`;
  const [at, setAt] = useState<number | null>(null);
  const found = useQuery({ queryKey: ['records', 'file', path], queryFn: ({ signal }) => call<FileVersions>(`${path}/versions`, { signal }), staleTime: 0 });
  const versions = found.data?.versions ?? [];
  const shown = versions.find((one) => (at === null ? one.current : one.version === at)) ?? versions[0];
  return (
    <Modal
      open title={shown?.name ?? name} onCancel={onClose} width={860} className="file-window"
      footer={
        <div className="file-foot">
          {keeps && <NewVersion record={record} field={field} onSent={() => setAt(null)} />}
          <Button icon={<DownloadOutlined />} href={address(path, { version: shown?.version })}>{t('download')}</Button>
        </div>
      }
    >
      <div className="file-preview">
        {found.isPending && <Skeleton active />}
        {found.error && <Failure error={found.error} onRetry={() => void found.refetch()} />}
        {shown && <Content key={shown.version} path={path} file={shown} />}
      </div>
      {found.data && <Keeping kept={found.data.kept} />}
      {versions.length > 0 && (
        <ol className="file-versions" aria-label={t('versions')}>
          {versions.map((one) => (
            <li key={one.version}>
              <button type="button" aria-pressed={one === shown} onClick={() => setAt(one.version)}>{t('version', { number: one.version })}</button>
              <span>{one.name}</span><span className="muted tabular">{sizeText(one.size)}</span><span className="muted tabular">{instantText(one.attached_at)}</span>
              {one.current && <span className="muted">{t('current')}</span>}
            </li>
          ))}
        </ol>
      )}
    </Modal>
  );
}

/** What forbids that the record goes, and until when. */
function Keeping({ kept }: { kept: FileVersions['kept'] }) {
  const { t } = useTranslation('file');
  if (!kept) return <p className="file-kept muted">{t('kept.no')}</p>;
  return <p className="file-kept">{kept.until ? t('kept.until', { day: kept.until, why: kept.label }) : t('kept.open', { why: kept.label })}</p>;
}

function Content({ path, file }: { path: string; file: FileVersion }) {
  const { t } = useTranslation('file');
  const [broken, setBroken] = useState(false);
  const query = { version: file.version, inline: true };
  const here = address(path, query);
  if (file.scan === 'infected') return <Alert type="error" showIcon title={t('infected')} />;
  if (broken || file.preview === 'none') return <p className="muted">{t('notShown')}</p>;
  switch (file.preview) {
    case 'image': return <img src={here} alt={file.name} onError={() => setBroken(true)} />;
    case 'text': return <Text path={path} query={query} />;
    case 'audio': return <audio controls src={here} aria-label={file.name} onError={() => setBroken(true)}><track kind="captions" /></audio>;
    case 'video': return <video controls src={here} aria-label={file.name} onError={() => setBroken(true)}><track kind="captions" /></video>;
    case 'pdf': return (
      <>
        {/* Browsers show no PDF in a sandbox; the answer's own policy lets nothing in it run. */}
        {/* oxlint-disable-next-line react/iframe-missing-sandbox */}
        <iframe src={here} title={file.name} />
        <Button type="link" href={here} target="_blank" rel="noreferrer">{t('openTab')}</Button>
      </>
    );
  }
}

function Text({ path, query }: { path: string; query: { version: number; inline: boolean } }) {
  const found = useQuery({
    queryKey: ['file', path, query.version],
    queryFn: async ({ signal }) => textOf((await (await send(path, { query, signal })).arrayBuffer()).slice(0, TEXT_BYTES)),
    gcTime: 0,
  });
  if (found.error) return <Failure error={found.error} />;
  return found.data === undefined ? <Skeleton active /> : <pre tabIndex={0}>{found.data}</pre>;
}
