/** Pictures that may be on their way, or old: neither is ever shown as something it is not. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { Camera } from "./api";
import { shortAge } from "./format";
import { secondsSince, useView } from "./view";

/** From this age on a picture is no longer "now". */
export const STALE_S = 15;

const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 30_000;

type Arrival = "loading" | "loaded" | "missing";

/** A filmstrip; an alarm may precede it, so asking goes on. A click shows it large. Use a `key` of the address. */
export function Evidence({ address, alt }: { address: string; alt: string }): JSX.Element {
  const { words } = useView();
  const [attempt, setAttempt] = useState(0);
  const [arrival, setArrival] = useState<Arrival>("loading");
  const [large, setLarge] = useState(false);

  useEffect(() => {
    if (arrival !== "missing") return undefined;
    const pauseMs = Math.min(FIRST_RETRY_MS * 2 ** attempt, LONGEST_RETRY_MS);
    const timer = setTimeout(() => {
      setAttempt(attempt + 1);
      setArrival("loading");
    }, pauseMs);
    return () => clearTimeout(timer);
  }, [arrival]);

  const waiting = arrival === "missing" || (arrival === "loading" && attempt > 0);
  const source = attempt === 0 ? address : `${address}?try=${attempt}`;
  return (
    <div class={arrival === "loaded" ? "picture film" : "picture"}>
      {waiting && (
        <p class="placeholder" role="status">
          {words.pictureComing}
        </p>
      )}
      {arrival !== "missing" && (
        <button
          key={attempt}
          type="button"
          class={arrival === "loading" ? "loading" : ""}
          disabled={arrival === "loading"}
          title={words.enlarge}
          onClick={() => setLarge(true)}
        >
          <img src={source} alt={alt} onLoad={() => setArrival("loaded")} onError={() => setArrival("missing")} />
        </button>
      )}
      {large && <Large source={source} alt={alt} onClose={() => setLarge(false)} />}
    </div>
  );
}

/** A picture over everything, as large as it is or as fits; any click and Esc close it. */
function Large(props: { source: string; alt: string; onClose(): void }): JSX.Element {
  const { words } = useView();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      class="large"
      aria-label={props.alt}
      onClose={props.onClose}
      onClick={props.onClose}
      // Keys belong to the picture now: the wall behind must not move, accept or close anything.
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === "Escape") props.onClose();
      }}
    >
      <img src={props.source} alt={props.alt} />
      <button type="button" title={`${words.close} (Esc)`} aria-label={words.close}>
        ✕
      </button>
    </dialog>
  );
}

/** A camera's latest picture, greyed with its age across it once it is old. */
export function LatestPicture({ camera }: { camera: Camera }): JSX.Element {
  const view = useView();
  const { words, language } = view;
  if (camera.picture_url === null || camera.picture_at === null) {
    return (
      <div class="picture">
        <p class="placeholder">{words.noPicture}</p>
      </div>
    );
  }
  const ageS = secondsSince(view, camera.picture_at);
  const stale = ageS > STALE_S;
  return (
    <div class={stale ? "picture stale" : "picture"}>
      <img src={`${camera.picture_url}?at=${encodeURIComponent(camera.picture_at)}`} alt={camera.name} />
      {stale && <p class="across">{words.old(shortAge(ageS, language))}</p>}
    </div>
  );
}
