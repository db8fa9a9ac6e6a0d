/** What the pages beside the wall have in common: the frame, its data kept up to date, panels, a choice in the address. */

import type { ComponentChildren, JSX } from "preact";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import type { Look } from "./look";
import { Navigation } from "./nav";

const AGAIN_MS = 3_000;

export interface Latest<T> {
  readonly known: T | null;
  /** Why the last question was not answered; null while it is. */
  readonly failed: string | null;
  reload(): void;
}

/** Ask again and again, sooner while there is no answer; `ask` must be the same function every time. */
export function useLatest<T>(ask: () => Promise<T>, everyMs: number): Latest<T> {
  const [known, setKnown] = useState<T | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const timer = useRef(0);
  const turn = useRef(0);
  const reload = useCallback((): void => {
    clearTimeout(timer.current);
    // An answer to an earlier question must not overwrite a later one.
    const mine = ++turn.current;
    ask().then(
      (found) => {
        if (mine !== turn.current) return;
        setKnown(found);
        setFailed(null);
        timer.current = window.setTimeout(reload, everyMs);
      },
      (error: unknown) => {
        if (mine !== turn.current) return;
        setFailed(error instanceof Error ? error.message : String(error));
        timer.current = window.setTimeout(reload, AGAIN_MS);
      },
    );
  }, [ask, everyMs]);
  useEffect(() => {
    reload();
    return () => {
      turn.current++;
      clearTimeout(timer.current);
    };
  }, [reload]);
  return { known, failed, reload };
}

/** What is chosen on the page, in the address: a link opens the same view, and back works. */
export function useInAddress(key: string): [string | null, (chosen: string | null) => void] {
  const read = (): string | null => new URLSearchParams(location.search).get(key);
  const [chosen, setChosen] = useState(read);
  useEffect(() => {
    const onBack = (): void => setChosen(read());
    addEventListener("popstate", onBack);
    return () => removeEventListener("popstate", onBack);
  }, [key]);
  return [
    chosen,
    (next) => {
      const address = new URL(location.href);
      if (next === null) address.searchParams.delete(key);
      else address.searchParams.set(key, next);
      history.pushState(null, "", address);
      setChosen(next);
    },
  ];
}

/** Words that every such page has. */
export interface FrameWords {
  readonly page: string;
  readonly demo: string;
  readonly loading: string;
  readonly language: string;
  readonly theme: string;
  failed(why: string): string;
}

interface FrameProps {
  readonly look: Look;
  readonly words: FrameWords;
  readonly city: { readonly name: string; readonly demo: boolean } | null;
  readonly failed: string | null;
  /** Class of the page's own part. */
  readonly name: string;
  /** The page, null while nothing is known yet. */
  readonly children: ComponentChildren;
}

/** The top line, what is wrong, and the page below; what is shown while the server does not answer is what was. */
export function Frame({ look, words, city, failed, name, children }: FrameProps): JSX.Element {
  useEffect(() => {
    document.title = `${words.page} · Pantau`;
  }, [words]);
  return (
    <>
      <header class="top">
        <h1>
          Pantau <span class="city">{city?.name ?? ""}</span>
        </h1>
        {city?.demo === true && <span class="badge">{words.demo}</span>}
        <Navigation language={look.language} />
        <span class="space" />
        <button type="button" onClick={look.switchLanguage} title={words.language} aria-label={words.language}>
          {look.language === "id" ? "EN" : "ID"}
        </button>
        <button type="button" onClick={look.switchTheme} title={words.theme} aria-label={words.theme}>
          ◐
        </button>
      </header>
      {failed !== null && (
        <p class="banner" role="alert">
          {words.failed(failed)}
        </p>
      )}
      <main class={failed === null ? name : `${name} stale`}>
        {children === null ? failed === null && <p class="dim">{words.loading}</p> : children}
      </main>
    </>
  );
}

interface PanelProps {
  readonly title: string;
  readonly hint?: string;
  readonly wide?: boolean;
  /** Address of the same as a file, and what it is called. */
  readonly file?: string;
  readonly kind?: string;
  readonly children: ComponentChildren;
}

export function Panel({ title, hint, wide, file, kind, children }: PanelProps): JSX.Element {
  return (
    <section class={wide === true ? "panel wide" : "panel"}>
      <header>
        <h2>{title}</h2>
        {hint !== undefined && <span class="dim">{hint}</span>}
        {file !== undefined && <a href={file}>{kind ?? "CSV"}</a>}
      </header>
      {children}
    </section>
  );
}
