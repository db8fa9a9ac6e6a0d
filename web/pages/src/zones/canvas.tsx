/** The picture with everything drawn on it, to be moved by mouse, finger or key. */

import type { JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

import { grid } from "./ground";
import type { Choice, Drawing, Point } from "./model";
import { corners, isArea, moveCorner, moveShape, place, removeCorner, shapes, splitEdge } from "./model";
import type { Words } from "./words";
import { kindWord } from "./words";

/** An outline being drawn. */
export interface Draft {
  readonly kind: "zone" | "mask";
  readonly points: readonly Point[];
}

interface Props {
  readonly picture: string;
  readonly width: number;
  readonly height: number;
  readonly drawing: Drawing;
  readonly choice: Choice | null;
  readonly draft: Draft | null;
  readonly words: Words;
  onChange(next: Drawing, stroke: string | null): void;
  onChoose(choice: Choice | null): void;
  onDraft(draft: Draft): void;
  onClose(): void;
}

interface Drag {
  readonly choice: Choice;
  /** Null moves the whole shape. */
  readonly corner: number | null;
  readonly stroke: string;
  readonly from: Point;
  readonly before: Drawing;
}

let strokes = 0;

export function Canvas(props: Props): JSX.Element {
  const { width, height, drawing, choice, draft, words } = props;
  const svg = useRef<SVGSVGElement>(null);
  const drag = useRef<Drag | null>(null);
  const scale = useScale(svg, width);

  const at = (event: PointerEvent | MouseEvent): Point => {
    const box = svg.current!.getBoundingClientRect();
    return place((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  };

  const grab = (event: PointerEvent, of: Choice, corner: number | null) => {
    if (event.button !== 0) return;
    event.stopPropagation();
    // Capture makes the drag go on outside the picture and swallows no keys.
    svg.current?.setPointerCapture(event.pointerId);
    props.onChoose(of);
    drag.current = { choice: of, corner, stroke: `drag-${++strokes}`, from: at(event), before: drawing };
  };

  const move = (event: PointerEvent) => {
    const held = drag.current;
    if (held === null) return;
    const to = at(event);
    const next =
      held.corner === null
        ? moveShape(held.before, held.choice, to[0] - held.from[0], to[1] - held.from[1])
        : moveCorner(drawing, held.choice, held.corner, to);
    props.onChange(next, held.stroke);
  };

  const press = (event: PointerEvent) => {
    if (event.button !== 0) return;
    if (draft !== null) props.onDraft({ ...draft, points: [...draft.points, at(event)] });
    else props.onChoose(null);
  };

  return (
    <div class="canvas">
      <img src={props.picture} width={width} height={height} alt={words.canvas} draggable={false} />
      <svg
        ref={svg}
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        class={draft === null ? "" : "drafting"}
        onPointerDown={press}
        onPointerMove={move}
        onPointerUp={() => (drag.current = null)}
        onPointerCancel={() => (drag.current = null)}
      >
        {drawing.homography.length > 0 && <Grid drawing={drawing} width={width} height={height} />}
        {shapes(drawing).map((one) => (
          <Shape
            key={`${one.kind}${one.index}`}
            one={one}
            chosen={choice?.kind === one.kind && choice.index === one.index}
            quiet={draft !== null}
            scale={scale}
            onGrab={grab}
            {...props}
          />
        ))}
        {draft !== null && <Draught draft={draft} width={width} height={height} scale={scale} onClose={props.onClose} />}
      </svg>
    </div>
  );
}

/** Picture pixels for each pixel on the screen, so that handles stay as large as a finger. */
function useScale(svg: { current: SVGSVGElement | null }, width: number): number {
  const [scale, setScale] = useState(1);
  useLayoutEffect(() => {
    const element = svg.current;
    if (element === null) return undefined;
    const measure = () => setScale(width / Math.max(element.getBoundingClientRect().width, 1));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [width]);
  return scale;
}

interface ShapeProps extends Props {
  readonly one: Choice;
  readonly chosen: boolean;
  /** Whether an outline is being drawn, for which everything else must let clicks through. */
  readonly quiet: boolean;
  readonly scale: number;
  onGrab(event: PointerEvent, of: Choice, corner: number | null): void;
}

function Shape(props: ShapeProps): JSX.Element {
  const { one, chosen, quiet, width, height, drawing, words, scale } = props;
  const points = corners(drawing, one);
  const path = points.map(([x, y]) => `${x * width},${y * height}`).join(" ");
  const kind = `shape ${one.kind}${chosen ? " chosen" : ""}${quiet ? " quiet" : ""}`;
  return (
    <g class={kind}>
      {isArea(one.kind) || one.kind === "ground" ? (
        <polygon points={path} onPointerDown={(event) => props.onGrab(event, one, null)} />
      ) : (
        <>
          <polyline class="reach" points={path} onPointerDown={(event) => props.onGrab(event, one, null)} />
          <polyline points={path} />
        </>
      )}
      {one.kind === "gauge" && <Ticks drawing={drawing} width={width} height={height} scale={scale} />}
      <Label {...props} points={points} />
      {!quiet && chosen && isArea(one.kind) && <Middles {...props} points={points} />}
      {!quiet &&
        points.map((point, corner) => (
          <Handle
            key={corner}
            at={point}
            text={`${kindWord(one.kind, words)}: ${cornerWord(one, corner, words)}`}
            focusable={chosen}
            {...props}
            corner={corner}
          />
        ))}
    </g>
  );
}

function cornerWord(one: Choice, corner: number, words: Words): string {
  if (one.kind === "person") return corner === 0 ? words.head : words.feet;
  return `${words.corner} ${corner + 1}`;
}

const ARROWS: Record<string, Point> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const FAR = 10;

interface HandleProps extends ShapeProps {
  readonly at: Point;
  readonly corner: number;
  readonly text: string;
  readonly focusable: boolean;
}

function Handle(props: HandleProps): JSX.Element {
  const { at, corner, one, drawing, width, height, scale, focusable } = props;
  const press = (event: KeyboardEvent) => {
    const arrow = ARROWS[event.key];
    if (arrow !== undefined) {
      const far = event.shiftKey ? FAR : 1;
      const to = place(at[0] + (arrow[0] * far) / width, at[1] + (arrow[1] * far) / height);
      props.onChange(moveCorner(drawing, one, corner, to), `keys-${one.kind}${one.index}-${corner}`);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      props.onChange(removeCorner(drawing, one, corner), null);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const [x, y] = [at[0] * width, at[1] * height];
  return (
    <g
      class="handle"
      role="button"
      aria-label={`${props.text}, ${Math.round(at[0] * 100)} % ${Math.round(at[1] * 100)} %`}
      tabindex={focusable ? 0 : -1}
      onKeyDown={press}
      onFocus={() => props.onChoose(one)}
      onPointerDown={(event) => props.onGrab(event, one, corner)}
    >
      <circle class="reach" cx={x} cy={y} r={22 * scale} />
      <circle cx={x} cy={y} r={(focusable ? 7 : 4.5) * scale} />
      {one.kind === "ground" && (
        <text x={x + 12 * scale} y={y - 8 * scale} font-size={13 * scale}>
          {corner + 1}
        </text>
      )}
    </g>
  );
}

function Middles(props: ShapeProps & { readonly points: readonly Point[] }): JSX.Element {
  const { points, one, drawing, width, height, scale, words } = props;
  return (
    <>
      {points.map((point, corner) => {
        const next = points[(corner + 1) % points.length] ?? point;
        const [x, y] = [((point[0] + next[0]) / 2) * width, ((point[1] + next[1]) / 2) * height];
        const split = (event: Event) => {
          event.stopPropagation();
          event.preventDefault();
          props.onChange(splitEdge(drawing, one, corner), null);
        };
        return (
          <g
            key={corner}
            class="middle"
            role="button"
            aria-label={words.addCorner}
            tabindex={0}
            onPointerDown={split}
            onKeyDown={(event) => (event.key === "Enter" || event.key === " ") && split(event)}
          >
            <circle class="reach" cx={x} cy={y} r={16 * scale} />
            <path d={`M${x - 4 * scale} ${y}h${8 * scale}M${x} ${y - 4 * scale}v${8 * scale}`} />
          </g>
        );
      })}
    </>
  );
}

function Label(props: ShapeProps & { readonly points: readonly Point[] }): JSX.Element | null {
  const { one, drawing, points, width, height, scale } = props;
  const name = one.kind === "zone" ? drawing.zones[one.index]?.id : null;
  const top = points.reduce<Point | null>((best, point) => (best === null || point[1] < best[1] ? point : best), null);
  if (name == null || top === null) return null;
  return (
    <text class="label" x={top[0] * width + 8 * scale} y={Math.max(top[1] * height + 20 * scale, 18 * scale)} font-size={14 * scale}>
      {name}
    </text>
  );
}

function Grid({ drawing, width, height }: { drawing: Drawing; width: number; height: number }): JSX.Element {
  return (
    <g class="grid">
      {grid(drawing.homography).lines.map(([a, b], index) => (
        <line key={index} x1={a[0] * width} y1={a[1] * height} x2={b[0] * width} y2={b[1] * height} />
      ))}
    </g>
  );
}

const TICK_CM = 10;
const MOST_TICKS = 60;

function Ticks(props: { drawing: Drawing; width: number; height: number; scale: number }): JSX.Element | null {
  const [one, other] = props.drawing.gauge;
  if (one === undefined || other === undefined || one.cm === other.cm) return null;
  const [low, high] = [Math.min(one.cm, other.cm), Math.max(one.cm, other.cm)];
  if ((high - low) / TICK_CM > MOST_TICKS) return null;
  const ticks: JSX.Element[] = [];
  for (let cm = Math.ceil(low / TICK_CM) * TICK_CM; cm <= high; cm += TICK_CM) {
    const share = (cm - one.cm) / (other.cm - one.cm);
    const x = (one.at[0] + share * (other.at[0] - one.at[0])) * props.width;
    const y = (one.at[1] + share * (other.at[1] - one.at[1])) * props.height;
    ticks.push(<line key={cm} class="tick" x1={x} x2={x + 14 * props.scale} y1={y} y2={y} />);
    if (cm % (5 * TICK_CM) === 0)
      ticks.push(
        <text key={`t${cm}`} x={x + 18 * props.scale} y={y + 4 * props.scale} font-size={12 * props.scale}>
          {cm}
        </text>,
      );
  }
  return <>{ticks}</>;
}

function Draught(props: { draft: Draft; width: number; height: number; scale: number; onClose(): void }): JSX.Element {
  const { draft, width, height, scale } = props;
  const first = draft.points[0];
  const path = draft.points.map(([x, y]) => `${x * width},${y * height}`).join(" ");
  return (
    <g class={`shape draft ${draft.kind}`}>
      <polyline points={path} />
      {draft.points.map(([x, y], index) => (
        <circle key={index} cx={x * width} cy={y * height} r={4.5 * scale} />
      ))}
      {first !== undefined && draft.points.length > 2 && (
        <circle
          class="closing"
          cx={first[0] * width}
          cy={first[1] * height}
          r={14 * scale}
          onPointerDown={(event) => {
            event.stopPropagation();
            props.onClose();
          }}
        />
      )}
    </g>
  );
}
