/** The right side: everything about the selected alarm, or a camera seen large. */

import type { ComponentChildren, JSX } from "preact";

import type { Alarm, Camera } from "./api";
import { ago, clock, dayAndClock, quantity, shortAge } from "./format";
import { Priority } from "./marks";
import { Evidence, LatestPicture } from "./picture";
import { secondsSince, useView } from "./view";
import { presenceWord, stateWord } from "./words";

interface Props {
  readonly alarm: Alarm;
  readonly camera: Camera | null;
  readonly busy: boolean;
  onAccept(): void;
  onClose(): void;
}

export function AlarmPreview({ alarm, camera, busy, onAccept, onClose }: Props): JSX.Element {
  const { words, language } = useView();
  const open = !alarm.acked;
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
        <Facts alarm={alarm} />
        <History alarm={alarm} />
        {camera !== null && (
          <figure>
            <LatestPicture camera={camera} />
            <CameraCaption camera={camera} own={camera.id === alarm.source_id} />
          </figure>
        )}
      </div>
      <footer>
        {open ? (
          <button type="button" class="primary" disabled={busy} onClick={onAccept}>
            {busy ? words.accepting : words.accept} <kbd>A</kbd>
          </button>
        ) : (
          <p class="settled">✓ {words.accepted(alarm.acked_by ?? "–")}</p>
        )}
      </footer>
    </section>
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
