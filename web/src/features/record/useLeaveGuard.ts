// Asks before what was typed is lost by going elsewhere in the app.
import { useBlocker } from '@tanstack/react-router';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';

export function useLeaveGuard(dirty: boolean, onLeave: () => void): void {
  const { t } = useTranslation('record');
  const { modal } = App.useApp();
  useBlocker({
    disabled: !dirty,
    enableBeforeUnload: false,
    shouldBlockFn: ({ current, next }) => {
      const opened = (search: unknown) => (search as { open?: string }).open;
      if (current.pathname === next.pathname && opened(current.search) === opened(next.search)) return false;
      return new Promise<boolean>((answer) => {
        modal.confirm({
          title: t('unsaved'), content: t('leave'), okText: t('discard'), cancelText: t('stay'), okButtonProps: { danger: true },
          onOk: () => {
            onLeave();
            answer(false);
          },
          onCancel: () => answer(true),
        });
      });
    },
  });
}
