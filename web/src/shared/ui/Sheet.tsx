// What comes up from the foot of a phone's screen.
import { Drawer } from 'antd';
import type { ReactNode } from 'react';

export default function Sheet({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  return <Drawer open onClose={onClose} title={title} placement="bottom" size="85%">{children}</Drawer>;
}
