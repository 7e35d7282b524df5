// The menu of a button, open beside it.
import { Dropdown, type MenuProps } from 'antd';
import { Anchor } from './Anchor.tsx';
import type { Spot } from './useSpot.ts';

export default function FloatingMenu({ spot, menu, onClose }: { spot: Spot; menu: MenuProps; onClose: () => void }) {
  return (
    <Dropdown open autoFocus={spot.byKey} trigger={['click']} menu={menu} onOpenChange={(open) => !open && onClose()}>
      <Anchor spot={spot} />
    </Dropdown>
  );
}
