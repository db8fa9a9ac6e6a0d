/** The drawing page as a whole: state, history, keys, and what the server says of the drawing. */

import type { JSX } from "preact";
import { useCallback, useEffect, useLayoutEffect, useState } from "preact/hooks";

import { useLook, type Look } from "../look";
import type { Judged, PictureAbout, State } from "./api";
import * as api from "./api";
import type { Draft } from "./canvas";
import { Canvas } from "./canvas";
import type { Choice, Drawing, History, Kind } from "./model";
import { add, begin, changed, complete, freeName, MOST_PEOPLE, RECTANGLE, redone, sparse, undone } from "./model";
import { Panel } from "./panel";
import type { Words } from "./words";
import { words as wordsOf } from "./words";

const CHECK_AFTER_MS = 250;
const ALIVE_EVERY_MS = 10_000;
const FEWEST = 3;

export function App(): JSX.Element {
  const [state, setState] = useState<State | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const look = useLook();
  const words = wordsOf(look.language);

  useEffect(() => {
    api.state().then(setState, (error: Error) => setFailed(error.message));
  }, []);
  useEffect(() => {
    document.title = `${words.page}${state === null ? "" : `: ${state.title}`}`;
  }, [words, state]);

  if (over) return <p class="whole">{words.over}</p>;
  if (failed !== null) return <p class="whole">{failed}</p>;
  if (state === null) return <p class="whole">{words.loading}</p>;
  return <Desk state={state} words={words} look={look} onOver={() => setOver(true)} />;
}

/** Whether two drawings say the same. */
function same(one: Drawing, other: Drawing): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

interface DeskProps {
  readonly state: State;
  readonly words: Words;
  readonly look: Look;
  onOver(): void;
}

function Desk({ state, words, look, onOver }: DeskProps): JSX.Element {
  const [history, setHistory] = useState<History>(() => begin(complete(state.drawing)));
  const [choice, setChoice] = useState<Choice | null>(null);
  const [draft, setDraft] = useState<Draft | null>(null);
  const [picture, setPicture] = useState<PictureAbout>(state);
  const [taking, setTaking] = useState(false);
  const [message, setMessage] = useState<string | null>(null);
  const [savedAs, setSavedAs] = useState<Drawing | null>(() => (same(history.now, complete(state.kept)) ? history.now : null));
  const judged = useJudged(history.now, setMessage, words);
  const drawing = history.now;

  const change = useCallback((next: Drawing, stroke: string | null) => setHistory((old) => changed(old, next, stroke)), []);

  const start = (kind: Kind) => {
    if (kind === "zone" || kind === "mask") {
      setDraft({ kind, points: [] });
      setChoice(null);
      return;
    }
    const [next, chosen] = add(drawing, kind);
    change(next, null);
    setChoice(chosen);
  };

  const finishDraft = (rectangle = false) => {
    if (draft === null) return;
    const outline = rectangle ? RECTANGLE : draft.points;
    if (outline.length < FEWEST) return;
    const [next, chosen] = add(drawing, draft.kind, outline);
    change(next, null);
    setChoice(chosen);
    setDraft(null);
  };

  const wholeZone = () => {
    const zones = [...drawing.zones, { id: freeName(drawing.zones), detect: {} }];
    change({ ...drawing, zones }, null);
    setChoice({ kind: "zone", index: zones.length - 1 });
  };

  // Before the next key can come, not after the next picture: keys must meet the drawing as it is.
  useLayoutEffect(() => {
    const press = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLInputElement && event.target.type !== "checkbox";
      const letter = event.key.toLowerCase();
      if ((event.ctrlKey || event.metaKey) && (letter === "z" || letter === "y") && !typing) {
        setHistory(letter === "y" || event.shiftKey ? redone : undone);
        event.preventDefault();
      } else if (draft !== null && event.key === "Escape") setDraft(null);
      else if (draft !== null && event.key === "Enter" && !(event.target instanceof HTMLButtonElement)) finishDraft(draft.points.length === 0);
      else if (draft !== null && event.key === "Backspace") setDraft({ ...draft, points: draft.points.slice(0, -1) });
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  });

  const another = async () => {
    setTaking(true);
    try {
      setPicture(await api.anotherPicture());
      setMessage(null);
    } catch (error) {
      setMessage((error as Error).message);
    } finally {
      setTaking(false);
    }
  };

  const save = async () => {
    try {
      await api.save(sparse(drawing));
      setSavedAs(drawing);
      setMessage(words.saved(state.place ?? ""));
    } catch (error) {
      setMessage((error as Error).message);
    }
  };

  const finish = async () => {
    if (state.place !== null && savedAs !== drawing && !confirm(words.unsavedLeave)) return;
    await api.done();
    onOver();
  };

  return (
    <div class="desk">
      <header class="top">
        <h1>
          Pantau <span class="dim">{words.page}</span> {state.title}
        </h1>
        <span class="space" />
        <button type="button" onClick={look.switchLanguage} aria-label={words.language} title={words.language}>
          {look.language === "id" ? "EN" : "ID"}
        </button>
        <button type="button" onClick={look.switchTheme} aria-label={look.dark ? words.themeLight : words.themeDark}>
          <svg width="14" height="14" viewBox="0 0 16 16" aria-hidden="true">
            <path d="M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 1.5v11a5.5 5.5 0 0 1 0-11z" fill="currentColor" />
          </svg>
        </button>
        <button type="button" class="framed" onClick={finish}>
          {words.done}
        </button>
      </header>
      <main class="stage">
        <div class="tools" role="toolbar" aria-label={words.page}>
          <Tool name={words.zone} sign="zone" onClick={() => start("zone")} pressed={draft?.kind === "zone"} />
          <Tool name={words.mask} sign="mask" onClick={() => start("mask")} pressed={draft?.kind === "mask"} />
          <Tool name={words.ground} sign="ground" onClick={() => start("ground")} off={drawing.homography.length > 0} />
          <Tool name={words.gauge} sign="gauge" onClick={() => start("gauge")} off={drawing.gauge.length > 0} />
          <Tool name={words.person} sign="person" onClick={() => start("person")} off={drawing.people.length >= MOST_PEOPLE} />
          <button type="button" onClick={wholeZone}>
            {words.wholeZone}
          </button>
          <span class="space" />
          <button type="button" onClick={() => setHistory(undone)} disabled={history.past.length === 0}>
            {words.undo}
          </button>
          <button type="button" onClick={() => setHistory(redone)} disabled={history.future.length === 0}>
            {words.redo}
          </button>
          <button type="button" onClick={another} disabled={taking}>
            {taking ? words.taking : words.another}
          </button>
        </div>
        {draft !== null && (
          <p class="drawing" role="status">
            {words.draw}
            <button type="button" class="framed" onClick={() => finishDraft(true)}>
              {words.rectangle}
            </button>
            <button type="button" class="framed" onClick={() => finishDraft()} disabled={draft.points.length < FEWEST}>
              {words.close}
            </button>
            <button type="button" onClick={() => setDraft(null)}>
              {words.cancel}
            </button>
          </p>
        )}
        <Canvas
          picture={picture.picture}
          width={picture.width}
          height={picture.height}
          drawing={drawing}
          choice={choice}
          draft={draft}
          words={words}
          onChange={change}
          onChoose={setChoice}
          onDraft={setDraft}
          onClose={() => finishDraft()}
        />
        <p class="dim foot">
          {words.keys} {words.visible}
        </p>
      </main>
      <aside class="side">
        <Panel
          drawing={drawing}
          choice={choice}
          detectors={state.detectors}
          mistakes={judged.mistakes}
          words={words}
          language={look.language}
          onChange={change}
          onChoose={setChoice}
        />
        <Result judged={judged} place={state.place} unsaved={savedAs !== drawing} message={message} words={words} onSave={save} />
      </aside>
    </div>
  );
}

interface ToolProps {
  readonly name: string;
  readonly sign: Kind;
  readonly pressed?: boolean;
  readonly off?: boolean;
  onClick(): void;
}

function Tool({ name, sign, pressed = false, off = false, onClick }: ToolProps): JSX.Element {
  return (
    <button type="button" class={`tool ${sign}`} aria-pressed={pressed} disabled={off} onClick={onClick}>
      <i class="swatch" aria-hidden="true" />
      {name}
    </button>
  );
}

interface ResultProps {
  readonly judged: Judged;
  readonly place: string | null;
  readonly unsaved: boolean;
  readonly message: string | null;
  readonly words: Words;
  onSave(): void;
}

function Result({ judged, place, unsaved, message, words, onSave }: ResultProps): JSX.Element {
  const [copied, setCopied] = useState(false);
  const serious = judged.mistakes.filter((one) => !one.warning).length;
  const notes = judged.mistakes.length - serious;
  const copy = async () => {
    await navigator.clipboard.writeText(judged.yaml);
    setCopied(true);
    setTimeout(() => setCopied(false), 2_000);
  };
  return (
    <section class="result">
      <h2>
        {words.yaml}
        {serious > 0 && <span class="badge bad">{words.wrong(serious)}</span>}
        {notes > 0 && <span class="badge">{words.notes(notes)}</span>}
        <span class="space" />
        <button type="button" class="framed" onClick={copy} disabled={judged.yaml === ""}>
          {copied ? words.copied : words.copy}
        </button>
        {place !== null && (
          <button type="button" class="primary" onClick={onSave} disabled={serious > 0 || !unsaved}>
            {words.save(place)}
          </button>
        )}
      </h2>
      {message !== null && (
        <p class="message" role="status">
          {message}
        </p>
      )}
      <pre tabIndex={0}>{judged.yaml}</pre>
    </section>
  );
}

/** What the rules of the site file say of the drawing, a moment after each change. */
function useJudged(drawing: Drawing, onTrouble: (message: string | null) => void, words: Words): Judged {
  const [judged, setJudged] = useState<Judged>({ yaml: "", mistakes: [] });
  useEffect(() => {
    let current = true;
    const timer = setTimeout(() => {
      api.check(sparse(drawing)).then(
        (answer) => current && setJudged(answer),
        () => current && onTrouble(words.lost),
      );
    }, CHECK_AFTER_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [drawing]);
  useEffect(() => {
    const timer = setInterval(() => api.alive().catch(() => onTrouble(words.lost)), ALIVE_EVERY_MS);
    return () => clearInterval(timer);
  }, [words]);
  return judged;
}
