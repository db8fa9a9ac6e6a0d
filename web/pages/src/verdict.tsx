/** Whether the selected alarm told the truth: three buttons, and who pressed one last. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { get, judge, type Alarm, type Truth, type Verdict } from "./api";
import { clock } from "./format";
import { useView } from "./view";

const TRUTHS: readonly Truth[] = ["true", "false", "test"];

export function VerdictButtons({ alarm }: { alarm: Alarm }): JSX.Element {
  const { words, timezone, language } = useView();
  const [given, setGiven] = useState<Verdict | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  useEffect(() => {
    let current = true;
    setGiven(null);
    setFailed(null);
    get<Verdict>(`alarms/${encodeURIComponent(alarm.id)}/verdict`).then(
      (found) => current && setGiven(found),
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [alarm.id]);

  function tell(truth: Truth): void {
    setFailed(null);
    judge(alarm, truth).then(setGiven, (error: unknown) =>
      setFailed(error instanceof Error ? error.message : words.failed),
    );
  }

  return (
    <section class="verdict" aria-label={words.verdict}>
      <h3>
        {words.verdict}
        {given?.actor != null && given.at !== null && (
          <span class="dim">
            {" "}
            · {given.actor}, {clock(Date.parse(given.at), timezone, language).slice(0, 5)}
          </span>
        )}
      </h3>
      <p>
        {TRUTHS.map((truth) => (
          <button type="button" key={truth} aria-pressed={given?.verdict === truth} onClick={() => tell(truth)}>
            {words.truths[truth]}
          </button>
        ))}
      </p>
      {failed !== null && <p role="alert">{failed}</p>}
    </section>
  );
}
