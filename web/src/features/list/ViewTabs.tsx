// The saved lists of an object: tabs on wide screens, scrolled by a thumb on the phone.
import { DownOutlined } from '@ant-design/icons';
import { Dropdown } from 'antd';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { ObjectDef } from '@/shared/api/types.ts';
import { usePhone } from '@/shared/ui/useMedia.ts';
import type { useListState } from './useListState.ts';

export function ViewTabs({ state, object }: { state: ReturnType<typeof useListState>; object: ObjectDef }) {
  const { t } = useTranslation('list');
  const phone = usePhone();
  const strip = useRef<HTMLDivElement>(null);
  const current = state.view?.name;
  const choose = (name: string) => state.set({ view: name || undefined, f: undefined, sort: undefined, q: undefined });
  useEffect(() => {
    strip.current?.querySelector('[aria-pressed=true]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [current]);
  return (
    <div className="views">
      <div className="views-strip" ref={strip} role="group" aria-label={t('views')} tabIndex={-1}>
        {state.views.map((view) => (
          <button key={view.name} type="button" aria-pressed={view.name === current} onClick={() => choose(view.name)}>
            {view.label}
          </button>
        ))}
      </div>
      {!phone && state.views.length > 6 && (
        <Dropdown
          trigger={['click']}
          menu={{ selectedKeys: [current ?? ''], items: state.views.map((view) => ({ key: view.name, label: view.label })), onClick: ({ key }) => choose(key), style: { maxHeight: 420, overflow: 'auto' } }}
        >
          <button type="button" className="views-all" aria-label={`${t('views')} ${object.label}`}>{t('common:all')} {state.views.length} <DownOutlined /></button>
        </Dropdown>
      )}
    </div>
  );
}
