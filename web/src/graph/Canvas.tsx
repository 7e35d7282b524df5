// The graph as a drawing. Knows nothing of what it draws: records and edges come with their words
// and looks. The centre stays where it is; what is new appears beside what was opened.
import cytoscape, { type Core, type ElementDefinition, type LayoutOptions, type StylesheetJson } from 'cytoscape';
import fcose from 'cytoscape-fcose';
import { type KeyboardEvent, useEffect, useId, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { MinusOutlined, PlusOutlined, ExpandOutlined } from '@ant-design/icons';
import type { Place } from './model.ts';
import type { Look } from './palette.ts';
import { isStep, stepFrom } from './steps.ts';

cytoscape.use(fcose);

export interface Spot { id: string; label: string; look: Look; closed: boolean; more: boolean; hidden: boolean }
export interface Tie { id: string; from: string; to: string; label: string; color: string; dashed: boolean; arrow: boolean; strong: boolean }

interface Props {
  label: string;
  centre: string;
  spots: Spot[];
  ties: Tie[];
  /** Where everything stands; without it the drawing finds places itself. */
  places?: ReadonlyMap<string, Place>;
  selected: string | null;
  /** Whether the wheel changes the size: not inside a page that scrolls. */
  wheel: boolean;
  /** A record was pressed: chosen, and opened further. */
  onNode: (id: string) => void;
  /** A record was reached by keys: chosen alone. */
  onStep: (id: string) => void;
  onEdge: (id: string) => void;
  onNothing: () => void;
}

/** Text and ground as the page has them, light or dark: the canvas knows no style sheet. */
const token = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const FONT = '-apple-system, BlinkMacSystemFont, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
/** Sizes between which a graph is shown at first: text is read at them. */
const CLOSEST = 1.15;
const FURTHEST = 0.8;

const styled = (text: string, surface: string): StylesheetJson => [
  {
    selector: 'node',
    style: {
      width: 30, height: 30, shape: 'data(form)' as never, 'background-color': 'data(fill)', 'border-width': 1.5, 'border-color': 'data(line)',
      label: 'data(label)', color: text, 'font-family': FONT, 'font-size': 13, 'text-valign': 'bottom', 'text-margin-y': 4,
      'text-wrap': 'wrap', 'text-max-width': '124px', 'text-overflow-wrap': 'anywhere', 'line-height': 1.25,
      'text-background-color': surface, 'text-background-opacity': 0.85, 'text-background-padding': '1px',
    },
  },
  { selector: 'node[?more]', style: { 'border-style': 'double', 'border-width': 4 } },
  { selector: 'node[?hidden]', style: { 'background-color': surface, 'border-color': '#94A0B2', 'border-style': 'dashed' } },
  { selector: 'node[?centre]', style: { width: 44, height: 44, 'border-width': 4, 'font-size': 15, 'font-weight': 600, 'background-color': 'data(line)', 'border-color': 'data(fill)' } },
  {
    selector: 'edge',
    style: {
      width: 1.4, 'line-color': 'data(color)', 'curve-style': 'bezier', 'control-point-step-size': 46, label: 'data(label)', color: text,
      'font-family': FONT, 'font-size': 11.5, 'text-rotation': 'autorotate', 'text-wrap': 'wrap', 'line-height': 1.2,
      'text-background-color': surface, 'text-background-opacity': 0.92, 'text-background-padding': '2px', 'target-arrow-color': 'data(color)', 'arrow-scale': 0.9,
    },
  },
  { selector: 'edge[?arrow]', style: { 'target-arrow-shape': 'triangle' } },
  { selector: 'edge[?dashed]', style: { 'line-style': 'dashed', 'line-dash-pattern': [6, 4] } },
  { selector: 'edge[?strong]', style: { width: 3 } },
  { selector: 'node:selected', style: { 'border-width': 4, 'border-color': '#D97706', 'border-style': 'solid' } },
  { selector: 'edge:selected', style: { width: 3.5, 'font-size': 13, 'z-index': 9 } },
];

export default function Canvas({ label, centre, spots, ties, places, selected, wheel, onNode, onStep, onEdge, onNothing }: Props) {
  const { t } = useTranslation('graph');
  const help = useId();
  const box = useRef<HTMLDivElement>(null);
  const drawing = useRef<Core | null>(null);
  const handlers = useRef({ onNode, onEdge, onNothing });
  handlers.current = { onNode, onEdge, onNothing };

  useEffect(() => {
    const cy = cytoscape({ container: box.current, style: styled(token('--text'), token('--surface')), minZoom: 0.15, maxZoom: 3, userZoomingEnabled: wheel, boxSelectionEnabled: false });
    drawing.current = cy;
    cy.on('tap', 'node', (event) => handlers.current.onNode(event.target.id()));
    cy.on('tap', 'edge', (event) => handlers.current.onEdge(event.target.id()));
    cy.on('tap', (event) => event.target === cy && handlers.current.onNothing());
    return () => cy.destroy();
  }, [wheel]);

  useEffect(() => {
    const cy = drawing.current;
    if (cy) arrange(cy, { centre, spots, ties, places });
  }, [centre, spots, ties, places, wheel]);

  useEffect(() => {
    const cy = drawing.current;
    if (!cy) return;
    cy.elements(':selected').unselect();
    if (selected) cy.getElementById(selected).select();
  }, [selected, spots, ties]);

  const zoom = (by: number) => {
    const cy = drawing.current;
    cy?.zoom({ level: cy.zoom() * by, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
  };
  const press = (event: KeyboardEvent) => {
    const cy = drawing.current;
    if (!cy || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = spots.some((spot) => spot.id === selected) ? selected : null;
    const done = () => event.preventDefault();
    if (isStep(event.key)) {
      const next = at ? stepFrom(new Map(cy.nodes().map((node) => [node.id(), node.position()])), at, event.key) : centre;
      done();
      if (!next) return;
      onStep(next);
      if (!inSight(cy, next)) cy.center(cy.getElementById(next));
    } else if (event.key === 'Enter' && at) {
      done();
      onNode(at);
    } else if (event.key === 'Escape' && selected) {
      done();
      onNothing();
    } else if (event.key === '+' || event.key === '=') zoom(1.3);
    else if (event.key === '-') zoom(1 / 1.3);
  };
  const spot = spots.find((one) => one.id === selected);
  return (
    <div className="graph-canvas">
      <div ref={box} className="graph-drawing" role="application" aria-label={label} aria-describedby={help} tabIndex={0} onKeyDown={press} />
      <p id={help} className="sr-only">{t('keys')}</p>
      <p className="sr-only" role="status">{spot ? t(spot.closed ? 'atClosed' : 'at', { title: spot.label }) : ''}</p>
      <div className="graph-zoom">
        <button type="button" aria-label={t('zoomIn')} onClick={() => zoom(1.3)}><PlusOutlined /></button>
        <button type="button" aria-label={t('zoomOut')} onClick={() => zoom(1 / 1.3)}><MinusOutlined /></button>
        <button type="button" aria-label={t('fit')} onClick={() => drawing.current && whole(drawing.current)}><ExpandOutlined /></button>
      </div>
    </div>
  );
}

function inSight(cy: Core, id: string): boolean {
  const { x1, y1, x2, y2 } = cy.extent();
  const { x, y } = cy.getElementById(id).position();
  return x > x1 && x < x2 && y > y1 && y < y2;
}

function whole(cy: Core): void {
  cy.fit(undefined, 36);
  if (cy.zoom() > CLOSEST) {
    cy.zoom(CLOSEST);
    cy.center();
  }
}

type Drawn = Pick<Props, 'centre' | 'spots' | 'ties' | 'places'>;

/** Brings the drawing to what is to be seen, with as little movement as that takes. */
function arrange(cy: Core, { centre, spots, ties, places }: Drawn): void {
  const wanted = new Set([...spots.map((spot) => spot.id), ...ties.map((tie) => tie.id)]);
  const first = cy.nodes().empty();
  let grown = 0;
  cy.batch(() => {
    cy.elements().filter((element) => !wanted.has(element.id())).remove();
    for (const spot of spots) {
      const data = { ...spot, ...spot.look, label: spot.label, centre: spot.id === centre };
      const known = cy.getElementById(spot.id);
      if (known.nonempty()) known.data(data);
      else {
        grown += 1;
        cy.add({ group: 'nodes', data, position: beside(cy, spot.id, ties, grown) } satisfies ElementDefinition);
      }
    }
    for (const { from, to, ...tie } of ties) {
      const known = cy.getElementById(tie.id);
      if (known.nonempty()) known.data(tie);
      else cy.add({ group: 'edges', data: { ...tie, source: from, target: to } });
    }
  });
  if (places) {
    cy.nodes().forEach((node) => void node.position(places.get(node.id()) ?? node.position()));
    whole(cy);
    return;
  }
  if (grown === 0) return;
  const layout = {
    name: 'fcose', quality: 'default', randomize: first, animate: false, fit: false, nodeDimensionsIncludeLabels: true, packComponents: false,
    idealEdgeLength: 125, nodeSeparation: 110, nodeRepulsion: 9000, numIter: 2500, fixedNodeConstraint: [{ nodeId: centre, position: { x: 0, y: 0 } }],
  };
  cy.layout(layout as unknown as LayoutOptions).run();
  if (first) widen(cy);
  whole(cy);
  if (cy.zoom() < FURTHEST) {
    cy.zoom(FURTHEST);
    cy.center(cy.getElementById(centre));
  }
}

/** Uses the width of the screen: most are wider than a layout that knows no edges of a page. */
function widen(cy: Core): void {
  const { w, h } = cy.elements().boundingBox();
  const by = Math.min(1.7, (cy.width() * h) / (cy.height() * Math.max(w, 1)));
  if (by > 1.05) cy.nodes().forEach((node) => void node.position('x', node.position('x') * by));
}

/** Where a new record starts: around the one that brought it, each at another angle. */
function beside(cy: Core, id: string, ties: Tie[], turn: number): Place {
  const tie = ties.find((one) => (one.from === id || one.to === id) && cy.getElementById(one.from === id ? one.to : one.from).nonempty());
  const near = tie ? cy.getElementById(tie.from === id ? tie.to : tie.from).position() : { x: 0, y: 0 };
  const angle = turn * 2.4;
  return { x: near.x + Math.cos(angle) * 90, y: near.y + Math.sin(angle) * 90 };
}
