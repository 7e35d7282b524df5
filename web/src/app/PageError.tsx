// One page broke; the shell around it still works.
import type { ErrorComponentProps } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Failure } from '@/shared/ui/Failure.tsx';
import { isProblem } from '@/shared/api/problem.ts';

export function PageError({ error, reset }: ErrorComponentProps) {
  const { t } = useTranslation();
  if (isProblem(error)) return <Failure error={error} onRetry={reset} page />;
  return (
    <div className="centered" role="alert">
      <h1>{t('error.boundary')}</h1>
      <p className="muted">{t('error.boundaryHint')}</p>
      <code className="muted">{error instanceof Error ? error.message : String(error)}</code>
      <Button type="primary" onClick={reset}>{t('retry')}</Button>
    </div>
  );
}
