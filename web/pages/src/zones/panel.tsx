/** Beside the picture: what is drawn, by name, with its settings and what is wrong with them. */

import type { ComponentChildren, JSX } from "preact";

import type { Language } from "../format";
import type { DetectorAbout, Field, Mistake } from "./api";
import { grid } from "./ground";
import type { Choice, Drawing, Kind } from "./model";
import { removeShape, renamed, withCm, withDetector, withMetres, withSetting } from "./model";
import type { Words } from "./words";
import { detectorWord, fieldWord } from "./words";

interface Props {
  readonly drawing: Drawing;
  readonly choice: Choice | null;
  readonly detectors: readonly DetectorAbout[];
  readonly mistakes: readonly Mistake[];
  readonly words: Words;
  readonly language: Language;
  onChange(next: Drawing, stroke: string | null): void;
  onChoose(choice: Choice | null): void;
}

export function Panel(props: Props): JSX.Element {
  const { drawing, words } = props;
  const nothing = Object.values(drawing).every((list) => list.length === 0);
  return (
    <div class="panel">
      {nothing && <p class="dim">{words.nothing}</p>}
      {drawing.zones.map((_, index) => (
        <ZoneCard key={index} index={index} {...props} />
      ))}
      {drawing.homography.length > 0 && <GroundCard {...props} />}
      {drawing.gauge.length > 0 && <GaugeCard {...props} />}
      {drawing.people.map((_, index) => (
        <PlainCard key={index} kind="person" index={index} title={`${words.person} ${index + 1}`} {...props}>
          <p class="dim">{words.peopleHint}</p>
        </PlainCard>
      ))}
      {drawing.mask.map((_, index) => (
        <PlainCard key={index} kind="mask" index={index} title={`${words.mask} ${index + 1}`} {...props}>
          <p class="dim">{words.maskHint}</p>
          <Wrong at={`mask[${index}]`} {...props} />
        </PlainCard>
      ))}
    </div>
  );
}

interface CardProps extends Props {
  readonly kind: Kind;
  readonly index: number;
  readonly title: string;
  readonly children: ComponentChildren;
}

function PlainCard(props: CardProps): JSX.Element {
  const { kind, index, title, words, choice, drawing } = props;
  const chosen = choice?.kind === kind && choice.index === index;
  const remove = () => {
    props.onChange(removeShape(drawing, { kind, index }), null);
    props.onChoose(null);
  };
  return (
    <section class={`card ${kind}${chosen ? " chosen" : ""}`} onFocusCapture={() => props.onChoose({ kind, index })}>
      <h2>
        <button type="button" class="title" aria-expanded={chosen} onClick={() => props.onChoose({ kind, index })}>
          {title}
        </button>
        <button type="button" class="quiet" onClick={remove} aria-label={`${words.remove}: ${title}`}>
          {words.remove}
        </button>
      </h2>
      {props.children}
    </section>
  );
}

function ZoneCard(props: Props & { readonly index: number }): JSX.Element | null {
  const { drawing, index, words, detectors } = props;
  const zone = drawing.zones[index];
  if (zone === undefined) return null;
  const path = `zones[${index}]`;
  const chosen = Object.keys(zone.detect ?? {});
  return (
    <PlainCard kind="zone" title={`${words.zone} ${zone.id}${zone.polygon === undefined ? ` (${words.whole})` : ""}`} {...props}>
      <label class="row">
        <span>{words.name}</span>
        <input
          value={zone.id}
          spellcheck={false}
          onInput={(event) => props.onChange(renamed(drawing, index, event.currentTarget.value), `name-${index}`)}
        />
      </label>
      <Wrong at={`${path}.id`} {...props} />
      <Wrong at={`${path}.polygon`} {...props} />
      <Wrong at={path} exact {...props} />
      {detectors.map((detector) => (
        <DetectorRows key={detector.name} detector={detector} {...props} />
      ))}
      {chosen.length === 0 && <p class="hint">{words.noDetector}</p>}
    </PlainCard>
  );
}

function DetectorRows(props: Props & { readonly index: number; readonly detector: DetectorAbout }): JSX.Element {
  const { drawing, index, detector, language } = props;
  const settings = drawing.zones[index]?.detect?.[detector.name];
  const path = `zones[${index}].detect.${detector.name}`;
  return (
    <div class="detector">
      <label class="check" title={detector.about}>
        <input
          type="checkbox"
          checked={settings !== undefined}
          onChange={(event) =>
            props.onChange(withDetector(drawing, index, detector.name, event.currentTarget.checked ? {} : null), null)
          }
        />
        {detectorWord(detector, language)}
      </label>
      {settings !== undefined && (
        <div class="settings">
          {detector.fields.map((field) => (
            <Setting key={field.name} field={field} value={settings[field.name]} path={path} {...props} />
          ))}
          <Wrong at={path} exact {...props} />
        </div>
      )}
    </div>
  );
}

interface SettingProps extends Props {
  readonly index: number;
  readonly detector: DetectorAbout;
  readonly field: Field;
  readonly value: unknown;
  readonly path: string;
}

function Setting(props: SettingProps): JSX.Element | null {
  const { field, value, drawing, index, detector, words, language, path } = props;
  const set = (next: unknown) =>
    props.onChange(withSetting(drawing, index, detector.name, field.name, next), `set-${path}.${field.name}`);
  if (field.type === "boolean") {
    return (
      <label class="check" title={field.about}>
        <input
          type="checkbox"
          checked={Boolean(value ?? field.default)}
          onChange={(event) => set(event.currentTarget.checked)}
        />
        {fieldWord(field, language)}
      </label>
    );
  }
  const numeric = field.type === "number" || field.type === "integer";
  // What has parts of its own is left as it is: it is written in the file itself.
  if (!numeric && field.type !== "string") return null;
  const standard = field.default === null || field.default === undefined ? "" : `${words.standard}: ${String(field.default)}`;
  return (
    <>
      <label class="row" title={field.about}>
        <span>{fieldWord(field, language)}</span>
        {numeric ? (
          <input
            type="number"
            step={field.type === "integer" ? 1 : "any"}
            min={field.minimum ?? undefined}
            max={field.maximum ?? undefined}
            placeholder={standard}
            value={value === undefined ? "" : String(value)}
            onInput={(event) => set(event.currentTarget.value === "" ? null : Number(event.currentTarget.value))}
          />
        ) : (
          <input
            placeholder={standard}
            value={value === undefined ? "" : String(value)}
            onInput={(event) => set(event.currentTarget.value === "" ? null : event.currentTarget.value)}
          />
        )}
      </label>
      <Wrong at={`${path}.${field.name}`} {...props} />
    </>
  );
}

function GroundCard(props: Props): JSX.Element {
  const { drawing, words } = props;
  const { lines, step } = grid(drawing.homography);
  return (
    <PlainCard kind="ground" index={0} title={words.ground} {...props}>
      <p class="dim">
        {words.groundHint} {lines.length > 0 && `(${words.squares(step)})`}
      </p>
      {drawing.homography.map(({ metres }, index) => (
        <div key={index} class="row triple">
          <span>
            {words.point} {index + 1}
          </span>
          <Metres label={words.east} value={metres[0]} onValue={(value) => props.onChange(withMetres(drawing, index, [value, metres[1]]), `east-${index}`)} />
          <Metres label={words.north} value={metres[1]} onValue={(value) => props.onChange(withMetres(drawing, index, [metres[0], value]), `north-${index}`)} />
        </div>
      ))}
      <Wrong at="homography" {...props} />
    </PlainCard>
  );
}

function GaugeCard(props: Props): JSX.Element {
  const { drawing, words } = props;
  return (
    <PlainCard kind="gauge" index={0} title={words.gauge} {...props}>
      <p class="dim">{words.gaugeHint}</p>
      {drawing.gauge.map(({ cm }, index) => (
        <div key={index} class="row">
          <span>
            {words.mark} {index + 1}
          </span>
          <Metres label="cm" value={cm} onValue={(value) => props.onChange(withCm(drawing, index, value), `cm-${index}`)} />
        </div>
      ))}
      <Wrong at="gauge" {...props} />
    </PlainCard>
  );
}

function Metres(props: { label: string; value: number; onValue(value: number): void }): JSX.Element {
  return (
    <label class="measure">
      <input
        type="number"
        step="any"
        value={props.value}
        onInput={(event) => {
          const value = event.currentTarget.valueAsNumber;
          if (Number.isFinite(value)) props.onValue(value);
        }}
      />
      {props.label}
    </label>
  );
}

/** What is wrong at a place, or below it unless `exact`. */
function Wrong(props: Props & { readonly at: string; readonly exact?: boolean }): JSX.Element | null {
  const { at, exact = false } = props;
  const here = props.mistakes.filter(({ path }) => path === at || (!exact && (path.startsWith(`${at}.`) || path.startsWith(`${at}[`))));
  if (here.length === 0) return null;
  return (
    <ul class="wrong" role="alert">
      {here.map((one, index) => (
        <li key={index} class={one.warning ? "warning" : ""}>
          {one.problem}; {one.remedy}
        </li>
      ))}
    </ul>
  );
}
