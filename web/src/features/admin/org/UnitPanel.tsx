// One org unit: where it stands, what can be done with it, and who belongs to it.
import { EditOutlined, NodeExpandOutlined, PlusOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { App, Button, Form, Input, Modal, Skeleton, Space } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe, useObject, useObjects } from '@/meta/definitions.ts';
import { quote } from '@/meta/filter/conditions.ts';
import { plainText } from '@/meta/titles.ts';
import { call } from '@/shared/api/http.ts';
import type { ObjectDef, Page } from '@/shared/api/types.ts';
import { Failure, useSentence } from '@/shared/ui/Failure.tsx';
import { type Branch, pathOf, sizeOf } from './tree.ts';

const HandoverDialog = lazy(() => import('./HandoverDialog.tsx'));

interface Props { unit: Branch; roots: Branch[]; object: ObjectDef; movable: boolean; onCreate?: () => void; onMove: () => void; onChanged: () => void; onChoose: (id: string) => void }

export function UnitPanel({ unit, roots, object, movable, onCreate, onMove, onChanged, onChoose }: Props) {
  const { t } = useTranslation('admin');
  const [renaming, setRenaming] = useState(false);
  const named = object.fields.find((field) => field.name === object.title)?.access === 'write';
  return (
    <section className="stack" aria-label={unit.name}>
      <div className="panel unit-head">
        <div>
          <p className="muted">{pathOf(roots, unit.parent).join(' / ') || t('org.top')}</p>
          <h2 className="unit-name">{unit.name} <span className="muted code">{unit.code}</span></h2>
          <p className="muted">{t('org.size', { below: sizeOf(unit) - 1, direct: unit.children.length })}</p>
        </div>
        <Space wrap>
          {onCreate && <Button icon={<PlusOutlined />} onClick={onCreate}>{t('org.createBelow')}</Button>}
          {named && <Button icon={<EditOutlined />} onClick={() => setRenaming(true)}>{t('org.rename')}</Button>}
          {movable && <Button icon={<NodeExpandOutlined />} onClick={onMove}>{t('org.move')}</Button>}
          <Link to="/app/record/$object/$id" params={{ object: object.name, id: unit.id }}>{t('org.page')}</Link>
        </Space>
      </div>
      {unit.children.length > 0 && (
        <div className="panel unit-children">
          <h2>{t('org.below')}</h2>
          {unit.children.map((child) => <button key={child.id} type="button" className="link-button" onClick={() => onChoose(child.id)}>{child.name}</button>)}
        </div>
      )}
      <People unit={unit.id} />
      {renaming && <Rename unit={unit} object={object} onClose={(done) => { setRenaming(false); if (done) onChanged(); }} />}
    </section>
  );
}

function People({ unit }: { unit: string }) {
  const { t } = useTranslation('admin');
  const me = useMe();
  const [leaver, setLeaver] = useState<{ id: string; name: string }>();
  const entry = useObjects()?.objects.find((object) => object.system === 'user' && object.actions.includes('read'));
  const { data: object } = useObject(entry?.name);
  const has = (name: string) => object?.fields.some((field) => field.name === name) ?? false;
  const columns = [object?.title ?? '', 'login', 'position', 'active'].filter((name, index, all) => has(name) && all.indexOf(name) === index);
  const people = useQuery({
    queryKey: ['admin', 'people', unit],
    queryFn: ({ signal }) => call<Page>(`records/${entry?.name}`, { query: { columns: columns.join(','), filter: `org_unit = ${quote(unit)}`, limit: 100 }, signal }),
    enabled: !!object && has('org_unit'),
  });
  if (!entry) return null;
  const rows = people.data?.records ?? [];
  return (
    <div className="panel">
      <h2 className="unit-people">{t('org.people')} {people.data && <span className="count">{rows.length}{people.data.next ? '+' : ''}</span>}</h2>
      {people.error && <Failure error={people.error} onRetry={() => void people.refetch()} />}
      {people.isPending && <Skeleton active className="list-skeleton" />}
      {people.isSuccess && rows.length === 0 && <p className="admin-empty">{t('org.nobody')}</p>}
      {rows.length > 0 && (
        <div className="admin-scroll">
          <table className="admin-table admin-stacked">
            <thead><tr>{columns.map((name) => <th key={name}>{object?.fields.find((field) => field.name === name)?.label}</th>)}<th><span className="sr-only">{t('common:more')}</span></th></tr></thead>
            <tbody>
              {rows.map((row) => {
                const name = plainText(row.values[object?.title ?? '']) || row.id.slice(0, 8);
                return (
                  <tr key={row.id}>
                    {columns.map((column) => <td key={column}>{typeof row.values[column] === 'boolean' ? t(row.values[column] ? 'common:yes' : 'common:no') : plainText(row.values[column])}</td>)}
                    <td><span className="actions">
                      {(me?.rights.length ?? 0) > 0 && <Link to="/app/admin/$page" params={{ page: 'roles' }} search={{ tab: 'user', user: row.id }}>{t('roles.viewAs')}</Link>}
                      {me?.rights.includes('users') && <button type="button" className="link" onClick={() => setLeaver({ id: row.id, name })}>{t('handover.short')}</button>}
                    </span></td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
      {leaver && <Suspense fallback={null}><HandoverDialog user={leaver.id} name={leaver.name} onClose={() => setLeaver(undefined)} /></Suspense>}
    </div>
  );
}

function Rename({ unit, object, onClose }: { unit: Branch; object: ObjectDef; onClose: (done: boolean) => void }) {
  const { t } = useTranslation('admin');
  const { message } = App.useApp();
  const sentence = useSentence();
  const [form] = Form.useForm<{ name: string }>();
  const [busy, setBusy] = useState(false);
  const title = object.fields.find((field) => field.name === object.title);
  const save = async ({ name }: { name: string }) => {
    setBusy(true);
    try {
      await call(`records/${object.name}/${unit.id}`, { method: 'PATCH', version: unit.version, body: { [object.title]: name.trim() } });
      onClose(true);
    } catch (error) {
      void message.error(sentence(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal open title={t('org.rename')} onCancel={() => onClose(false)} onOk={() => form.submit()} okText={t('common:save')} confirmLoading={busy}>
      <Form form={form} layout="vertical" onFinish={(values) => void save(values)} initialValues={{ name: unit.name }}>
        <Form.Item name="name" label={title?.label} rules={[{ required: true, whitespace: true, message: t('common:required') }]}><Input maxLength={100} autoFocus /></Form.Item>
      </Form>
    </Modal>
  );
}
