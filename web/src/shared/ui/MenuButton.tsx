// A button with a menu.
import type { MenuProps } from 'antd';
import { cloneElement, type ReactElement } from 'react';
import { useSpot } from './useSpot.ts';

const load = () => import('./FloatingMenu.tsx');

interface Props { menu: MenuProps; children: ReactElement<Record<string, unknown>> }

export function MenuButton({ menu, children }: Props) {
  const { spot, Float, handlers, close } = useSpot(load);
  return (
    <>
      {cloneElement(children, { 'aria-haspopup': 'menu', ...handlers })}
      {spot && Float && <Float spot={spot} menu={menu} onClose={close} />}
    </>
  );
}
