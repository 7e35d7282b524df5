// A refused request, with everything that is wrong about it.
import { Alert } from 'antd';
import { isProblem } from '@/shared/api/problem.ts';
import { Failure } from '@/shared/ui/Failure.tsx';

export function Violations({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  if (!isProblem(error) || error.violations.length === 0) return <Failure error={error} onRetry={onRetry} />;
  const lines = [...new Set(error.violations.map((violation) => violation.message))];
  return <Alert type="error" showIcon title={error.message} description={<ul>{lines.map((line) => <li key={line}>{line}</li>)}</ul>} />;
}
