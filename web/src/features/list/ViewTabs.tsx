// The saved lists of an object: tabs for published and pinned ones, all of them in a menu.
import { DownOutlined, EllipsisOutlined, GlobalOutlined, StarFilled, StarOutlined, TeamOutlined, UserOutlined } from '@ant-design/icons';
import { App, Button, type MenuProps } from 'antd';
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ObjectDef } from '@/shared/api/types.ts';
import { MenuButton } from '@/shared/ui/MenuButton.tsx';
import { useSentence } from '@/shared/ui/Failure.tsx';
import { usePhone } from '@/shared/ui/useMedia.ts';
import type { ListState } from './useListState.ts';
import type { Audience, ListView } from './views.ts';

const ViewDialog = lazy(() => import('./ViewDialog.tsx'));
const ICONS: Record<Audience, ReactNode> = { personal: <UserOutlined aria-hidden="true" />, team: <TeamOutlined aria-hidden="true" />, public: <GlobalOutlined aria-hidden="true" /> };
const MANY = 6;

export function ViewTabs({ state, object }: { state: ListState; object: ObjectDef }) {
  const { t } = useTranslation('list');
  const phone = usePhone();
  const strip = useRef<HTMLDivElement>(null);
  const current = state.view?.name;
  const choose = (name: string) => state.set({ view: name || undefined, f: undefined, sort: undefined, group: undefined, q: undefined });
  const [leading, ...published] = state.views.filter((view) => !view.kept);
  const pinned = state.views.filter((view) => view.kept && (view.kept.pinned || view.name === current));
  const shown = [...(leading ? [leading] : []), ...pinned, ...published];
  useEffect(() => {
    strip.current?.querySelector('[aria-pressed=true]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [current]);
  const section = (label: string, views: ListView[]) =>
    (views.length > 0 ? [{ key: label, type: 'group' as const, label, children: views.map((view) => ({ key: view.name, label: view.label, icon: view.kept && ICONS[view.kept.audience], title: view.kept?.owner })) }] : []);
  const all: MenuProps['items'] = [
    ...section(t('viewsPublished'), state.views.filter((view) => !view.kept)),
    ...section(t('viewsMine'), state.views.filter((view) => view.kept?.mine)),
    ...section(t('viewsShared'), state.views.filter((view) => view.kept && !view.kept.mine)),
  ];
  return (
    <div className="views">
      <div className="views-strip" ref={strip} role="group" aria-label={t('views')} tabIndex={-1}>
        {shown.map((view) => (
          <button key={view.name} type="button" aria-pressed={view.name === current} title={view.kept ? t('viewOf', { audience: t(`audience.${view.kept.audience}`), owner: view.kept.owner }) : undefined} onClick={() => choose(view.name)}>
            {view.kept && ICONS[view.kept.audience]}{view.label}
          </button>
        ))}
      </div>
      {state.view && state.view.name !== '' && (state.view.kept || state.kept.mayKeep) && <ViewMenu state={state} object={object} view={state.view} onGone={() => choose('')} />}
      {!phone && state.views.length > MANY && (
        <MenuButton menu={{ selectedKeys: [current ?? ''], items: all, onClick: ({ key }) => choose(key), style: { maxHeight: 420, overflow: 'auto' } }}>
          <button type="button" className="views-all" aria-label={`${t('views')} ${object.label}`}>{t('common:all')} {state.views.length} <DownOutlined /></button>
        </MenuButton>
      )}
    </div>
  );
}

/** What one may do with a kept view: its owner everything, others copy its address. */
function ViewMenu({ state, object, view, onGone }: { state: ListState; object: ObjectDef; view: ListView; onGone: () => void }) {
  const { t } = useTranslation('list');
  const { message, modal } = App.useApp();
  const sentence = useSentence();
  const [editing, setEditing] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(location.href);
      void message.success({ content: t('linkCopied'), duration: 1.5 });
    } catch {
      void message.info({ content: location.href, duration: 8 });
    }
  };
  const remove = () => void modal.confirm({
    title: t('viewRemoveTitle', { label: view.label }), content: t(view.kept?.audience === 'personal' ? 'viewRemoveOwn' : 'viewRemoveShared'),
    okText: t('common:delete'), cancelText: t('common:cancel'), okButtonProps: { danger: true },
    onOk: async () => {
      try {
        await state.kept.remove(view);
        onGone();
      } catch (error) {
        void message.error(sentence(error));
      }
    },
  });
  const chosen = state.kept.choice?.view === view.name;
  const choose = async () => {
    try {
      await state.kept.choose(chosen ? null : view);
      void message.success({ content: t(chosen ? 'opensFirstNot' : 'opensFirst'), duration: 1.5 });
    } catch (error) {
      void message.error(sentence(error));
    }
  };
  const items: MenuProps['items'] = [
    ...(state.kept.mayKeep ? [{ key: 'choose', icon: chosen ? <StarFilled className="star" /> : <StarOutlined />, label: t(chosen ? 'openFirstNot' : 'openFirst'), onClick: () => void choose() }] : []),
    ...(view.kept?.mine ? [{ key: 'edit', label: t('viewEdit'), onClick: () => setEditing(true) }] : []),
    { key: 'copy', label: t('copyLink'), onClick: () => void copy() },
    ...(view.kept?.mine ? [{ type: 'divider' as const }, { key: 'remove', danger: true, label: t('removeView'), onClick: remove }] : []),
  ];
  return (
    <>
      <MenuButton menu={{ items }}>
        <Button size="small" type="text" icon={<EllipsisOutlined />} aria-label={t('viewMenu', { label: view.label })} />
      </MenuButton>
      {editing && <Suspense fallback={null}><ViewDialog state={state} object={object} view={view} onClose={() => setEditing(false)} /></Suspense>}
    </>
  );
}
