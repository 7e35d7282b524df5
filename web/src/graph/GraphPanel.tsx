// The graph around a record as a part of its page; drawn when it comes into sight.
import { ExpandOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import { Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Neighbourhood } from '@/shared/api/graph.ts';
import { useInSight } from '@/shared/ui/useInSight.ts';
import { Around } from './Around.tsx';
import { useMeaning } from './useMeaning.ts';
import './texts.ts';
import './graph.css';

export default function GraphPanel({ object, id, near }: { object: string; id: string; near: Neighbourhood }) {
  const { t } = useTranslation('graph');
  const [box, seen] = useInSight<HTMLElement>();
  const { edge, meaning } = useMeaning(object, near.edge);
  return (
    <section className="graph-panel panel" ref={box}>
      <header className="related-head">
        <h2>{t('title')}</h2>
        <span className="related-gap" />
        <Link to="/app/graph/$object/$id" params={{ object, id }}><ExpandOutlined /> {t('page')}</Link>
      </header>
      {seen && edge && meaning ? <Around about={{ object, id, edge }} meaning={meaning} wheel={false} given={near} /> : <Skeleton active className="graph-wait" />}
    </section>
  );
}
