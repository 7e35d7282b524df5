// Where one stands in the wizard.
import { useTranslation } from 'react-i18next';

const STEPS = ['file', 'mapping', 'check', 'run'] as const;

export function Steps({ at }: { at: number }) {
  const { t } = useTranslation('import');
  return (
    <ol className="imp-steps" aria-label={t('steps')}>
      {STEPS.map((step, index) => (
        <li key={step} className={index < at ? 'past' : ''} aria-current={index === at ? 'step' : undefined}>
          <i aria-hidden>{index < at ? '✓' : index + 1}</i><span>{t(`step.${step}`)}</span>
        </li>
      ))}
    </ol>
  );
}
