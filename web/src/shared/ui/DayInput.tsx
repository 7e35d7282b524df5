// A civil day, as text; typed or picked, in the language of the app and not of the browser. The
// calendar comes when it is first shown, for most pages show none.
import { Skeleton } from 'antd';
import { lazy, Suspense } from 'react';

const Calendar = lazy(() => import('./Calendar.tsx'));

export interface DayInputProps {
  value: string | undefined;
  onChange: (day: string | undefined) => void;
  id?: string;
  label?: string;
  /** The first day that can be chosen. */
  least?: string;
  size?: 'small' | 'middle';
  clearable?: boolean;
}

export function DayInput(props: DayInputProps) {
  return <Suspense fallback={<Skeleton.Input size="small" />}><Calendar {...props} /></Suspense>;
}
