// A new record beside what one was doing.
import { Drawer, Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import { useObject } from '@/meta/definitions.ts';
import type { Values } from '@/meta/draft.ts';
import { usePhone } from '@/shared/ui/useMedia.ts';
import { CreateForm } from './CreateForm.tsx';

interface Props { object: string; given?: Values; titles?: Record<string, string>; onClose: () => void }

export default function CreateDrawer({ object: name, given, titles, onClose }: Props) {
  const { t } = useTranslation('record');
  const phone = usePhone();
  const { data: object } = useObject(name);
  return (
    <Drawer open onClose={onClose} size={phone ? '100%' : 520} title={object ? t('create.title', { label: object.label }) : ''}>
      {object ? <CreateForm object={object} given={given} titles={titles} onDone={onClose} onCancel={onClose} /> : <Skeleton active />}
    </Drawer>
  );
}
