/** The right side: everything about the selected alarm, or a camera seen large. */

import type { ComponentChildren, JSX } from "preact";

import type { Alarm, Camera, Step } from "./api";
import { ago, clock, dayAndClock, quantity, shortAge } from "./format";
import { Journal } from "./journal";
import { Priority } from "./marks";
import { hidden } from "./order";
import { Evidence, LatestPicture } from "./picture";
import { VerdictButtons } from "./verdict";
import { secondsSince, useView } from "./view";
import { presenceWord, stateWord } from "./words";

interface Props {
  readonly alarm: Alarm;
  readonly camera: Camera | null;
  readonly busy: boolean;
  onStep(step: Step): void;
  onShelve(): void;
  onClose(): void;
}

export function AlarmPreview({ alarm, camera, busy, onStep, onShelve, onClose }: Props): JSX.Element {
  const { words, language } = useView();
  return (
    <section class={`preview p${alarm.priority_level}`} aria-label={alarm.title}>
      <Head title={alarm.title} onClose={onClose}>
        <Priority level={alarm.priority_level} /> · {stateWord(alarm.state, language)}
      </Head>
      <div class="scroll" tabIndex={0}>
        {alarm.evidence_url !== null && (
          <figure>
            <Evidence key={alarm.evidence_url} address={alarm.evidence_url} alt={`${words.evidence}: ${alarm.title}`} />
            <EvidenceCaption alarm={alarm} />
          </figure>
        )}
        {alarm.evidence_url === null && alarm.value !== null && !VALUELESS.has(alarm.kind) && (
          <p class="big figure">{quantity(alarm.value, alarm.unit, language, alarm.kind)}</p>
        )}
        <Aside alarm={alarm} />
        <Facts alarm={alarm} />
        <History alarm={alarm} />
        <VerdictButtons key={`verdict-${alarm.id}`} alarm={alarm} />
        <Journal key={alarm.id} alarm={alarm} />
        {camera !== null && (
          <figure>
            <LatestPicture camera={camera} />
            <CameraCaption camera={camera} own={camera.id === alarm.source_id} />
          </figure>
        )}
      </div>
      <Steps alarm={alarm} busy={busy} onStep={onStep} onShelve={onShelve} />
    </section>
  );
}

/** What an operator may do now. */
function Steps({ alarm, busy, onStep, onShelve }: Pick<Props, "alarm" | "busy" | "onStep" | "onShelve">): JSX.Element {
  const { words } = useView();
  const button = (step: Step, word: string, kind = ""): JSX.Element => (
    <button type="button" class={kind} disabled={busy} onClick={() => onStep(step)}>
      {word}
    </button>
  );
  if (alarm.state === "SHLVD") return <footer>{button("unshelve", words.unshelve, "primary")}</footer>;
  if (alarm.state === "OOSRV") return <footer>{button("restore", words.restore)}</footer>;
  if (hidden(alarm)) return <footer />;
  return (
    <footer>
      {!alarm.acked && (
        <button type="button" class="primary" disabled={busy} onClick={() => onStep("ack")}>
          {busy ? words.accepting : words.accept} <kbd>A</kbd>
        </button>
      )}
      {alarm.acked && alarm.state === "LATCH" && button("reset", words.reset, "primary")}
      {alarm.acked && <p class="settled">✓ {words.accepted(alarm.acked_by ?? "–")}</p>}
      {alarm.state === "ACKED" && button("unack", words.unack)}
      {alarm.state !== "NORM" && (
        <button type="button" disabled={busy} onClick={onShelve}>
          {words.shelve} <kbd>S</kbd>
        </button>
      )}
    </footer>
  );
}

/** Why the alarm is not on the main list. */
function Aside({ alarm }: { alarm: Alarm }): JSX.Element | null {
  const { words, timezone, language } = useView();
  if (alarm.withdrawn !== null) return <Notice what={words.withdrawnBy(alarm.withdrawn.by)} why={alarm.withdrawn.reason} />;
  if (alarm.suppressed !== null) return <Notice what={words.suppressedBy(alarm.suppressed)} why={null} />;
  if (alarm.shelf === null) return null;
  const until = clock(Date.parse(alarm.shelf.until), timezone, language).slice(0, 5);
  return <Notice what={words.shelvedUntil(until, alarm.shelf.by)} why={alarm.shelf.reason} />;
}

function Notice({ what, why }: { what: string; why: string | null }): JSX.Element {
  return (
    <p class="aside">
      {what}
      {why !== null && <span class="dim"> “{why}”</span>}
    </p>
  );
}

export function CameraPreview({ camera, onClose }: { camera: Camera; onClose(): void }): JSX.Element {
  const { language } = useView();
  return (
    <section class="preview" aria-label={camera.name}>
      <Head title={camera.name} onClose={onClose}>
        {camera.site_name} · {presenceWord(camera.state, language)}
      </Head>
      <div class="scroll" tabIndex={0}>
        <figure>
          <LatestPicture camera={camera} />
          <CameraCaption camera={camera} own />
        </figure>
      </div>
    </section>
  );
}

function Head(props: { title: string; children: ComponentChildren; onClose(): void }): JSX.Element {
  const { words } = useView();
  return (
    <header>
      <div>
        <h2>{props.title}</h2>
        <p>{props.children}</p>
      </div>
      <button type="button" onClick={props.onClose} title={`${words.close} (Esc)`} aria-label={words.close}>
        ✕
      </button>
    </header>
  );
}

/** When the rule was met and when the wall was told: the panels of the strip carry their own times. */
function EvidenceCaption({ alarm }: { alarm: Alarm }): JSX.Element {
  const { words, timezone, language } = useView();
  const at = (instant: string): JSX.Element => (
    <time dateTime={instant}>{clock(Date.parse(instant), timezone, language)}</time>
  );
  return (
    <figcaption>
      {words.evidence} · {words.metStep} {at(alarm.met_at)} · {words.shownStep} {at(alarm.raised_at)}
    </figcaption>
  );
}

function CameraCaption({ camera, own }: { camera: Camera; own: boolean }): JSX.Element {
  const view = useView();
  const { words, language } = view;
  return (
    <figcaption>
      {own ? words.latestPicture : `${words.nearby}: ${camera.name}`}
      {camera.picture_at !== null && (
        <>
          {" · "}
          <span class="figure">{clock(Date.parse(camera.picture_at), view.timezone, language)}</span>
          {" · "}
          {words.ofAge(shortAge(secondsSince(view, camera.picture_at), language))}
        </>
      )}
    </figcaption>
  );
}

/** Of these the number behind the alarm says how sure or how bad, which nobody can picture. */
const VALUELESS = new Set(["tamper", "pipeline_fault", "absence", "abandoned_object", "water_level"]);

function Facts({ alarm }: { alarm: Alarm }): JSX.Element {
  const { words, language } = useView();
  const facts: [string, JSX.Element | string][] = [];
  // Without a picture the value stands large above; of a fault the number behind it says nothing.
  if (alarm.value !== null && alarm.evidence_url !== null && !VALUELESS.has(alarm.kind)) {
    facts.push([words.value, quantity(alarm.value, alarm.unit, language, alarm.kind)]);
  }
  facts.push([words.site, alarm.site_name], [words.source, alarm.source_name]);
  if (alarm.zone !== null) facts.push([words.zone, alarm.zone]);
  facts.push([words.since, <Instant at={alarm.met_at} />]);
  if (alarm.occurrences > 1) facts.push([words.occurrences, words.times(alarm.occurrences)]);
  return (
    <dl aria-label={words.facts}>
      {facts.map(([name, fact]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{fact}</dd>
        </div>
      ))}
    </dl>
  );
}

function Instant({ at }: { at: string }): JSX.Element {
  const view = useView();
  const ms = Date.parse(at);
  const sinceS = secondsSince(view, at);
  const shown = sinceS < 43_200 ? clock : dayAndClock;
  return (
    <time dateTime={at}>
      <span class="figure">{shown(ms, view.timezone, view.language)}</span>{" "}
      <span class="dim">{ago(sinceS, view.language)}</span>
    </time>
  );
}

/** A step is stored a moment after it happened: within this it is the same one. */
const SAME_STEP_MS = 2_000;

function History({ alarm }: { alarm: Alarm }): JSX.Element {
  const { words } = useView();
  const steps: [string, string][] = [[alarm.raised_at, words.raised]];
  if (alarm.acked_at !== null) steps.push([alarm.acked_at, words.ackedStep(alarm.acked_by ?? "–")]);
  if (alarm.cleared_at !== null) steps.push([alarm.cleared_at, words.clearedStep]);
  const told = (at: string): boolean => Math.abs(Date.parse(at) - Date.parse(alarm.updated_at)) < SAME_STEP_MS;
  if (!steps.some(([at]) => told(at))) steps.push([alarm.updated_at, words.updatedStep]);
  steps.sort(([a], [b]) => Date.parse(a) - Date.parse(b));
  return (
    <>
      <h3>{words.history}</h3>
      <ol class="history">
        {steps.map(([at, what]) => (
          <li key={what}>
            <Instant at={at} /> {what}
          </li>
        ))}
      </ol>
    </>
  );
}
