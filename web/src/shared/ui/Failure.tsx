// Says what went wrong, with the number by which the server's log knows it.
import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { type Problem, isProblem } from '../api/problem.ts';

const OWN = new Set(['network', 'not_found', 'forbidden', 'rate', 'busy', 'timeout', 'unavailable', 'stopping', 'internal']);

/** The sentence for an error, in the language of the screen. */
export function useSentence(): (error: unknown) => string {
  const { t } = useTranslation();
  return (error) => {
    if (!isProblem(error)) return error instanceof Error ? error.message : t('error.unknown');
    if (OWN.has(error.code)) return t(`error.${error.code}`);
    const [first] = error.violations;
    return first && !first.field ? first.message : error.message;
  };
}

export function Trace({ problem }: { problem: Problem }) {
  const { t } = useTranslation();
  return problem.trace ? <span className="muted">{t('error.trace', { trace: problem.trace })}</span> : null;
}

interface Props { error: unknown; onRetry?: () => void; page?: boolean }

export function Failure({ error, onRetry, page }: Props) {
  const { t } = useTranslation();
  const sentence = useSentence()(error);
  const trace = isProblem(error) && error.status >= 500 ? <Trace problem={error} /> : null;
  if (page) {
    return (
      <div className="centered" role="alert">
        <h1>{sentence}</h1>
        {trace}
        {onRetry && <Button type="primary" onClick={onRetry}>{t('retry')}</Button>}
      </div>
    );
  }
  const again = onRetry && <Button size="small" onClick={onRetry}>{t('retry')}</Button>;
  return <Alert type="error" showIcon title={sentence} description={trace} action={again} />;
}
