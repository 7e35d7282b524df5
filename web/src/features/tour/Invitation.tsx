// Offers the first look around where the day begins, once; whoever declines is not asked again.
import { CompassOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/meta/definitions.ts';
import { useStored } from '@/shared/ui/stored.ts';
import { type Facts, tourSteps } from './steps.ts';

const Tour = lazy(() => import('./Tour.tsx'));

/** Whether a person has had, or declined, the look around. */
export function useToured(): [boolean, (done: boolean) => void] {
  const me = useMe();
  return useStored(`toured.${me?.user ?? ''}`, false);
}

export function Invitation(facts: Facts) {
  const { t } = useTranslation('home');
  const [toured, setToured] = useToured();
  const [touring, setTouring] = useState(false);
  const end = () => {
    setTouring(false);
    setToured(true);
  };
  if (toured && !touring) return null;
  return (
    <>
      {!touring && (
        <section className="invitation panel" aria-label={t('first:invite')}>
          <CompassOutlined aria-hidden="true" />
          <p><b>{t('first:invite')}</b><span className="muted">{t('first:inviteText')}</span></p>
          <Button type="primary" onClick={() => setTouring(true)}>{t('tour.go')}</Button>
          <Button type="text" onClick={() => setToured(true)}>{t('tour.later')}</Button>
        </section>
      )}
      {touring && <Suspense fallback={null}><Tour steps={tourSteps(facts)} onClose={end} /></Suspense>}
    </>
  );
}
