/** The sound of the wall: it repeats while an alarm of the two worst priorities has not been accepted, and only then. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { hidden } from "./order";
import type { Alarms } from "./store";

/** Priorities that sound; the others are seen. */
export const LOUDEST_LEVEL = 2;

const KEY = "pantau.muted";
/** Seconds between repetitions, by priority level. */
const EVERY_S: Readonly<Record<number, number>> = { 1: 4, 2: 10 };
/** Two tones, in hertz: falling for the worst, level for the next. */
const TONES: Readonly<Record<number, readonly [number, number]>> = { 1: [880, 660], 2: [660, 660] };
const TONE_S = 0.18;
const LOUDNESS = 0.2;

/** The level that is to be heard: the worst of those active, in sight and not accepted; null for silence. */
export function audible(alarms: Alarms): number | null {
  let worst: number | null = null;
  for (const alarm of alarms.values()) {
    if (alarm.state !== "UNACK" || hidden(alarm) || alarm.priority_level > LOUDEST_LEVEL) continue;
    if (worst === null || alarm.priority_level < worst) worst = alarm.priority_level;
  }
  return worst;
}

export interface Sound {
  /** Whether this person has muted it; kept in this browser. */
  readonly muted: boolean;
  /** Whether the browser lets the page sound: not before somebody has pressed something on it. */
  readonly allowed: boolean;
  toggle(): void;
}

export function useSound(alarms: Alarms): Sound {
  const [muted, setMuted] = useState(() => localStorage.getItem(KEY) === "1");
  const [allowed, setAllowed] = useState(false);
  const context = useRef<AudioContext | null>(null);
  const level = audible(alarms);

  // Before the wall is painted, or a press that comes with it is lost.
  useLayoutEffect(() => {
    function made(): AudioContext {
      const fresh = new AudioContext();
      // It may start late, and the system may stop it later: then the wall must not say that it sounds.
      fresh.onstatechange = () => setAllowed(fresh.state === "running");
      return fresh;
    }
    function unlock(): void {
      context.current ??= made();
      context.current.resume().catch(() => setAllowed(false));
    }
    addEventListener("pointerdown", unlock);
    addEventListener("keydown", unlock);
    return () => {
      removeEventListener("pointerdown", unlock);
      removeEventListener("keydown", unlock);
    };
  }, []);

  useEffect(() => {
    if (level === null || muted || !allowed) return undefined;
    const sound = (): void => play(context.current, TONES[level] ?? [660, 660]);
    sound();
    const timer = setInterval(sound, (EVERY_S[level] ?? 10) * 1_000);
    return () => clearInterval(timer);
  }, [level, muted, allowed]);

  return {
    muted,
    allowed,
    toggle: () => {
      localStorage.setItem(KEY, muted ? "0" : "1");
      setMuted(!muted);
    },
  };
}

function play(context: AudioContext | null, tones: readonly number[]): void {
  if (context === null) return;
  const gain = context.createGain();
  gain.gain.value = LOUDNESS;
  gain.connect(context.destination);
  tones.forEach((frequency, place) => {
    const tone = context.createOscillator();
    tone.frequency.value = frequency;
    tone.connect(gain);
    tone.start(context.currentTime + place * TONE_S * 1.2);
    tone.stop(context.currentTime + place * TONE_S * 1.2 + TONE_S);
  });
}
