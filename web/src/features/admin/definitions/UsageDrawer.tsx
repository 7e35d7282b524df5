// Where a definition is used, file by file; a line leads to its place in the editor.
import { Drawer, Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import { Failure } from '@/shared/ui/Failure.tsx';
import { Tag } from '@/shared/ui/Tag.tsx';
import { usePhone } from '@/shared/ui/useMedia.ts';
import { useTexts } from './files.ts';
import { type Use, usages, type Wanted } from './usage.ts';

interface Props { wanted: Wanted; title: string; onOpen: (path: string) => void; onClose: () => void }

export function UsageDrawer({ wanted, title, onOpen, onClose }: Props) {
  const { t, i18n } = useTranslation('admin');
  const phone = usePhone();
  const texts = useTexts('.toml');
  const found = usages(texts.data ?? {}, wanted);
  const files = [...new Set(found.map((use) => use.path))];
  const kind = (name: string) => (i18n.exists(`admin:definitions.kinds.${name}`) ? t(`definitions.kinds.${name}`) : name);
  const of = (path: string): Use[] => found.filter((use) => use.path === path);
  return (
    <Drawer open onClose={onClose} title={`${title} · ${t('definitions.usage')}`} size={phone ? '100%' : 640}>
      <div className="stack">
        <p className="muted">{t('definitions.usageHint')}</p>
        {texts.error && <Failure error={texts.error} onRetry={() => void texts.refetch()} />}
        {texts.isPending && <Skeleton active />}
        {texts.data && <p><b>{found.length > 0 ? t('definitions.usageCount', { count: found.length, files: files.length }) : t('definitions.usageNone')}</b></p>}
        {files.map((path) => (
          <section key={path} className="panel usage">
            <h3><Tag color="blue">{kind(path.split('/')[1]?.replace(/\.toml$/, '') ?? '')}</Tag> <button type="button" className="link-button code" onClick={() => onOpen(path)}>{path}</button></h3>
            <ul>{of(path).map((use) => <li key={use.line} className="code"><span className="muted tabular">{use.line}</span> <span>{use.text}</span> {use.maybe && <Tag>?</Tag>}</li>)}</ul>
          </section>
        ))}
      </div>
    </Drawer>
  );
}
