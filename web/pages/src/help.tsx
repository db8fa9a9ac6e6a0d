/** Which keys do what. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { channels, tryChannel } from "./api";

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
    ["M", words.keyMute],
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
      <Channels />
      <button type="button" class="primary" onClick={onClose}>
        {words.close}
      </button>
    </dialog>
  );
}

/** Ways by which people are told, each with a button that sends a test message now. */
function Channels(): JSX.Element | null {
  const { words } = useView();
  const [names, setNames] = useState<readonly string[]>([]);
  const [outcome, setOutcome] = useState<Readonly<Record<string, string>>>({});
  useEffect(() => {
    channels().then(setNames, () => undefined); // none are shown while the server does not tell
  }, []);
  if (names.length === 0) return null;
  function test(name: string): void {
    const put = (text: string): void => setOutcome((known) => ({ ...known, [name]: text }));
    put("…");
    tryChannel(name).then(
      () => put(words.channelWorks),
      (error: unknown) => put(error instanceof Error ? error.message : words.failed),
    );
  }
  return (
    <>
      <h2>{words.channels}</h2>
      <dl class="channels">
        {names.map((name) => (
          <div key={name}>
            <dt>
              <button type="button" onClick={() => test(name)}>
                {words.tryChannel}
              </button>
            </dt>
            <dd>
              {name} <span class="dim">{outcome[name] ?? ""}</span>
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
