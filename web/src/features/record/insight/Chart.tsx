// One line, or bars where amounts flow, with what stands under the pointer told in words.
import { type PointerEvent, useEffect, useMemo, useRef, useState } from 'react';
import type { MeasureEntry, Point } from '@/shared/api/types.ts';
import { dots, nearest, path, scaleOf, spanText } from './trend.ts';

interface Props { label: string; kind: MeasureEntry['kind']; points: Point[]; figure: (value: string) => string }

const HEIGHT = 210;
const LABELS_PX = 74;
const MOST_BAR = 26;

export function Chart({ label, kind, points, figure }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(640);
  const [at, setAt] = useState<number | null>(null);
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => entry && setWidth(Math.max(240, Math.round(entry.contentRect.width))));
    if (box.current) watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
  const values = useMemo(() => points.map((point) => point.value), [points]);
  const frame = { width, height: HEIGHT, left: 62, right: 30, top: 12, bottom: 26 };
  const scale = scaleOf(values, kind);
  const places = dots(values, scale, frame);
  const level = (value: number) => frame.top + (HEIGHT - frame.top - frame.bottom) * (1 - (value - scale.low) / (scale.high - scale.low));
  const floor = level(Math.max(scale.low, 0));
  const every = Math.ceil(points.length / Math.max(2, Math.floor((width - 80) / LABELS_PX)));
  const bar = Math.min(MOST_BAR, ((width - 80) / Math.max(points.length, 1)) * 0.6);
  const move = (event: PointerEvent<SVGSVGElement>) => setAt(nearest(places, event.clientX - event.currentTarget.getBoundingClientRect().left));
  const shown = at === null ? undefined : points[at];
  const place = at === null ? undefined : places[at];
  return (
    <div className="trend-chart" ref={box}>
      <svg width={width} height={HEIGHT} role="img" aria-label={label} onPointerMove={move} onPointerLeave={() => setAt(null)}>
        {scale.lines.map((line) => (
          <g key={line}>
            <line x1={frame.left} x2={width - frame.right} y1={level(line)} y2={level(line)} className={line === 0 ? 'trend-zero' : 'trend-line'} />
            <text x={frame.left - 8} y={level(line) + 4} textAnchor="end">{figure(String(Math.round(line * 100) / 100))}</text>
          </g>
        ))}
        {points.map((point, index) => (index % every === 0 ? <text key={point.from} x={places[index]?.x} y={HEIGHT - 8} textAnchor="middle">{spanText(point)}</text> : null))}
        {kind === 'flow' ? places.map(({ x, y }, index) => (
          <rect key={points[index]?.from} x={x - bar / 2} width={bar} y={Math.min(y, floor)} height={Math.max(1, Math.abs(floor - y))} className={y <= floor ? 'trend-rise' : 'trend-fall'} />
        )) : (
          <>
            <path d={`${path(places)}L${places.at(-1)?.x.toFixed(1)} ${floor.toFixed(1)}L${places[0]?.x.toFixed(1)} ${floor.toFixed(1)}Z`} className="trend-area" />
            <path d={path(places)} className="trend-path" />
          </>
        )}
        {place && <><line x1={place.x} x2={place.x} y1={frame.top} y2={HEIGHT - frame.bottom} className="trend-mark" /><circle cx={place.x} cy={place.y} r="4" className="trend-dot" /></>}
      </svg>
      {shown && place && (
        <div className="trend-tip" style={{ left: Math.min(Math.max(place.x, 70), width - 70) }}><span>{spanText(shown)}</span><b className="tabular">{figure(shown.value)}</b></div>
      )}
    </div>
  );
}
