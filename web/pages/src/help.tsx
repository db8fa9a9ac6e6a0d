/** Which keys do what. */

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { useView } from "./view";

export function Help({ onClose }: { onClose(): void }): JSX.Element {
  const { words } = useView();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const keys: [string, string][] = [
    ["J / K, ↓ / ↑", words.keyMove],
    ["Enter", words.keyOpen],
    ["A", words.keyAccept],
    ["S", words.keyShelve],
    ["O", words.keyMine],
    ["N", words.keyNote],
    ["Esc", words.keyClear],
    ["?", words.keyHelp],
  ];
  return (
    <dialog ref={dialog} onClose={onClose} aria-label={words.help}>
      <h2>{words.keys}</h2>
      <dl>
        {keys.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <button type="button" class="primary" onClick={onClose}>
        {words.close}
      </button>
    </dialog>
  );
}
