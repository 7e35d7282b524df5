// Published versions, newest first, and going back to one.
import { App, Button, Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import { useUserNames } from '@/features/record/useUserNames.ts';
import { instantText } from '@/meta/fields/moment.ts';
import { call } from '@/shared/api/http.ts';
import { isProblem } from '@/shared/api/problem.ts';
import { Failure, useSentence } from '@/shared/ui/Failure.tsx';
import { Tag } from '@/shared/ui/Tag.tsx';
import { useRereadAll, useVersions } from './files.ts';

export function Versions() {
  const { t } = useTranslation('admin');
  const { message, modal } = App.useApp();
  const sentence = useSentence();
  const versions = useVersions();
  const reread = useRereadAll();
  const names = useUserNames(versions.data?.versions.map((made) => made.by) ?? []);
  if (versions.error) return <Failure error={versions.error} onRetry={() => void versions.refetch()} />;
  if (!versions.data) return <Skeleton active />;
  const { current } = versions.data;
  const back = (version: number) => void modal.confirm({
    title: t('definitions.backAsk', { version }), content: t('definitions.backHint'), okText: t('definitions.back'), cancelText: t('common:cancel'),
    onOk: async () => {
      try {
        const made = await call<{ version: number }>(`definitions/versions/${version}/rollback`, { method: 'POST', body: { note: t('definitions.backNote', { version }) } });
        void message.success(t('definitions.published', { version: made.version }));
        await reread();
      } catch (error) {
        const reasons = isProblem(error) ? error.violations.map((violation) => violation.message) : [];
        void modal.error({ title: sentence(error), content: reasons.join('\n') });
      }
    },
  });
  return (
    <div className="panel admin-scroll">
      <table className="admin-table admin-stacked">
        <thead><tr><th>{t('definitions.version')}</th><th>{t('audit.at')}</th><th>{t('audit.actor')}</th><th>{t('definitions.note')}</th><th><span className="sr-only">{t('common:more')}</span></th></tr></thead>
        <tbody>
          {versions.data.versions.map((made) => (
            <tr key={made.version}>
              <td className="nowrap">{made.version} {made.version === current && <Tag color="green">{t('definitions.inForce')}</Tag>}</td>
              <td className="nowrap tabular">{instantText(made.at)}</td>
              <td>{names(made.by) ?? t('audit.system')}</td>
              <td>{made.note || t('definitions.installed')}</td>
              <td>{made.version !== current && <Button size="small" onClick={() => back(made.version)}>{t('definitions.back')}</Button>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
