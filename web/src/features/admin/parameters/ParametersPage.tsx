// Parameters with their dated values: what is in force, what comes, what was; and a further value,
// written into the draft.
import { useQuery } from '@tanstack/react-query';
import { Input, Segmented, Skeleton } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/meta/definitions.ts';
import { call } from '@/shared/api/http.ts';
import { Failure } from '@/shared/ui/Failure.tsx';
import { Tag } from '@/shared/ui/Tag.tsx';
import { useFiles } from '../definitions/files.ts';
import { useAdminSearch } from '../useAdminSearch.ts';
import { basis, coming, type Parameter, SECURITY } from './model.ts';
import { ParameterDrawer } from './ParameterDrawer.tsx';
import { ValueText } from './ValueText.tsx';

type Group = 'all' | 'security' | 'coming';

export default function ParametersPage() {
  const { t, i18n } = useTranslation('admin');
  const [search, setSearch] = useAdminSearch();
  const [find, setFind] = useState('');
  const me = useMe();
  const publisher = me?.rights.includes('publish') ?? false;
  const files = useFiles(publisher).data;
  const group = (search.group ?? 'all') as Group;
  const known = useQuery({ queryKey: ['admin', 'parameters', i18n.language], queryFn: () => call<{ today: string; parameters: Parameter[] }>('parameters') });
  const today = known.data?.today ?? '';
  const all = known.data?.parameters ?? [];
  const order = new Map<string, number>(SECURITY.map((name, index) => [name, index]));
  const inGroup = all.filter((one) => group === 'all' || (group === 'security' ? order.has(one.name) : coming(one, today).length > 0));
  if (group === 'security') inGroup.sort((a, b) => (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0));
  const shown = inGroup.filter((one) => `${one.label} ${one.name} ${one.note}`.toLowerCase().includes(find.trim().toLowerCase()));
  const pathOf = (name: string) => [...(files?.files ?? []), ...(files?.draft ?? [])].find((path) => path.endsWith(`/parameters/${name}.toml`));
  const open = all.find((one) => one.name === search.name);
  return (
    <>
      <div className="admin-head">
        <h1>{t('parameters.title')}</h1>
        <Segmented aria-label={t('parameters.title')} value={group} onChange={(value) => setSearch({ group: value })} options={(['all', 'security', 'coming'] as const).map((value) => ({ value, label: t(`parameters.groups.${value}`) }))} />
      </div>
      {group === 'security' && <p className="muted">{t('parameters.securityHint')}</p>}
      <div className="admin-bar">
        <Input allowClear aria-label={t('parameters.find')} placeholder={t('parameters.find')} value={find} onChange={(event) => setFind(event.target.value)} />
        {today && <span className="muted tabular">{t('parameters.asOf', { day: today })}</span>}
      </div>
      {known.error && <Failure error={known.error} onRetry={() => void known.refetch()} />}
      <div className="panel admin-scroll">
        {known.isPending ? <Skeleton active className="list-skeleton" /> : (
          <table className="admin-table admin-stacked">
            <thead><tr><th>{t('parameters.parameter')}</th><th>{t('parameters.value')}</th><th>{t('parameters.since')}</th><th>{t('parameters.next')}</th><th>{t('parameters.note')}</th></tr></thead>
            <tbody>
              {shown.map((one) => {
                const next = coming(one, today);
                const since = one.values.filter((dated) => dated.from <= today).at(-1)?.from;
                const drafted = files?.draft.includes(pathOf(one.name) ?? '') ?? false;
                return (
                  <tr key={one.name} className={`pressable${one.name === open?.name ? ' current' : ''}`} onClick={() => setSearch({ name: one.name })}>
                    <td><button type="button" className="link" onClick={() => setSearch({ name: one.name })}>{one.label}</button> {drafted && <Tag color="orange">{t('definitions.draftMark')}</Tag>}</td>
                    <td data-label={t('parameters.value')}><ValueText value={one.value} short /></td>
                    <td data-label={t('parameters.since')} className="nowrap tabular">{since ?? '—'}</td>
                    <td className="nowrap">{next.map((dated) => <Tag key={dated.from} color="purple">{dated.from} → <ValueText value={dated.value} short /></Tag>)}</td>
                    <td className="muted">{basis(one.note, i18n.language === 'en', t('parameters.byDefault'))}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        )}
        {known.isSuccess && shown.length === 0 && <p className="admin-empty">{t(group === 'coming' && !find ? 'parameters.noneComing' : 'parameters.none')}</p>}
      </div>
      {open && <ParameterDrawer key={open.name} parameter={open} today={today} path={publisher ? pathOf(open.name) : undefined} onClose={() => setSearch({ name: '' })} />}
    </>
  );
}
