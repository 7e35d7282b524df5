// Definitions: what there is, the draft of what shall be, and the versions that were.
import { Badge, Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { useAdminSearch } from '../useAdminSearch.ts';
import { Draft } from './Draft.tsx';
import { Layouts } from './Layouts.tsx';
import { Objects } from './Objects.tsx';
import { Options } from './Options.tsx';
import { Versions } from './Versions.tsx';
import { useFiles } from './files.ts';
import './definitions.css';

export default function DefinitionsPage() {
  const { t } = useTranslation('admin');
  const [search, setSearch] = useAdminSearch();
  const drafted = useFiles().data?.draft.length ?? 0;
  return (
    <>
      <div className="admin-head"><h1>{t('definitions.title')}</h1></div>
      <Tabs
        activeKey={search.tab ?? 'objects'} onChange={(tab) => setSearch({ tab })} destroyOnHidden
        items={[
          { key: 'objects', label: t('definitions.objects'), children: <Objects /> },
          { key: 'options', label: t('definitions.options'), children: <Options /> },
          { key: 'layouts', label: t('definitions.layouts'), children: <Layouts /> },
          { key: 'draft', label: <Badge count={drafted} size="small" offset={[10, 0]}>{t('definitions.draft')}</Badge>, children: <Draft /> },
          { key: 'versions', label: t('definitions.versions'), children: <Versions /> },
        ]}
      />
    </>
  );
}
