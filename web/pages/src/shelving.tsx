/** The dialog that puts an alarm aside: why, for how long, and whether it ends with the condition. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { Alarm, Shelving } from "./api";
import { useView } from "./view";

const MINUTES = [30, 60, 120, 240, 480];
const USUAL = 120;
/** The worst priority is put aside for an hour at most; the server refuses more. */
const WORST_MOST = 60;

interface Props {
  readonly alarm: Alarm;
  onShelve(shelving: Shelving): void;
  onClose(): void;
}

export function ShelvingDialog({ alarm, onShelve, onClose }: Props): JSX.Element {
  const { words } = useView();
  const dialog = useRef<HTMLDialogElement>(null);
  const choices = MINUTES.filter((minutes) => alarm.priority_level > 1 || minutes <= WORST_MOST);
  const [reason, setReason] = useState("");
  const [minutes, setMinutes] = useState(Math.min(USUAL, choices[choices.length - 1] ?? USUAL));
  const [oneshot, setOneshot] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="shelving" onClose={onClose} aria-label={words.shelveTitle}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onShelve({ reason, minutes, oneshot });
        }}
      >
        <h2>{words.shelveTitle}</h2>
        <p>{alarm.title}</p>
        <p class="dim">{words.shelveHint}</p>
        <label>
          {words.reason}
          <input
            type="text"
            required
            maxLength={500}
            placeholder={words.reasonHint}
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </label>
        <fieldset>
          <legend>{words.howLong}</legend>
          {choices.map((choice) => (
            <label key={choice}>
              <input type="radio" name="minutes" checked={minutes === choice} onChange={() => setMinutes(choice)} />
              {words.minutes(choice)}
            </label>
          ))}
        </fieldset>
        {alarm.active && (
          <label class="check">
            <input type="checkbox" checked={oneshot} onChange={(event) => setOneshot(event.currentTarget.checked)} />
            {words.oneshot}
          </label>
        )}
        <footer>
          <button type="button" onClick={onClose}>
            {words.cancel}
          </button>
          <button type="submit" class="primary" disabled={reason.trim() === ""}>
            {words.shelveNow}
          </button>
        </footer>
      </form>
    </dialog>
  );
}
