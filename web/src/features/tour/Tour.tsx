// A short look around: every step can be the last, by button or Esc.
import { Tour as Guide } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Step } from './steps.ts';

export default function Tour({ steps, onClose }: { steps: Step[]; onClose: () => void }) {
  const { t } = useTranslation('home');
  const there = steps.filter((step) => !step.at || document.querySelector(step.at));
  return (
    <Guide
      open onClose={onClose} onFinish={onClose}
      steps={there.map((step, at) => ({
        title: t(`tour.${step.name}.title`), description: t(`tour.${step.name}.text`),
        target: step.at ? () => document.querySelector<HTMLElement>(step.at ?? '') as HTMLElement : null,
        nextButtonProps: { children: t(at === there.length - 1 ? 'tour.end' : 'tour.next') }, prevButtonProps: { children: t('tour.back') },
      }))}
    />
  );
}
