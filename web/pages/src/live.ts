/** Everything the wall shows, kept up to date: the stream for alarms, polling for the rest. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import type { Alarm, Camera, Items, LatestValue, Load, Sensor, Site, Status } from "./api";
import { Refused, get, openAlarms, pastAlarms } from "./api";
import { merge, type Alarms } from "./store";
import { AlarmStream, type Connection } from "./stream";

export interface Wall {
  readonly alarms: Alarms;
  readonly loaded: boolean;
  readonly connection: Connection;
  /** When the last alarm change came, by this browser's clock; null before the first. */
  readonly eventAt: number | null;
  /** Cursor of older past alarms; null when there are none. */
  readonly older: string | null;
  loadOlder(): void;
  learn(alarm: Alarm): void;
}

const RETRY_MS = 2_000;

/** Load the open alarms, then join the stream at the very position the snapshot was true. */
export function useAlarms(): Wall {
  const [alarms, setAlarms] = useState<Alarms>(new Map());
  const [loaded, setLoaded] = useState(false);
  const [connection, setConnection] = useState<Connection>("connecting");
  const [eventAt, setEventAt] = useState<number | null>(null);
  const [older, setOlder] = useState<string | null>(null);

  const learn = useCallback((alarm: Alarm) => setAlarms((known) => merge(known, [alarm])), []);

  useEffect(() => {
    let stream: AlarmStream | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;

    async function join(): Promise<void> {
      try {
        const [open, past] = await Promise.all([openAlarms(), pastAlarms(null)]);
        if (over) return;
        setAlarms(merge(new Map(), [...open.items, ...past.items]));
        setOlder(past.next);
        setLoaded(true);
        stream = new AlarmStream(Math.min(open.seq, past.seq), {
          alarm(alarm) {
            setEventAt(Date.now());
            learn(alarm);
          },
          reset: () => void join(),
          connection: setConnection,
        });
      } catch {
        if (over) return;
        setConnection("lost");
        timer = setTimeout(() => void join(), RETRY_MS);
      }
    }

    void join();
    return () => {
      over = true;
      clearTimeout(timer);
      stream?.close();
    };
  }, [learn]);

  const loadOlder = useCallback(() => {
    if (older === null) return;
    pastAlarms(older).then(
      (page) => {
        setAlarms((known) => merge(known, page.items));
        setOlder(page.next);
      },
      () => undefined, // the banner already says that the server does not answer
    );
  }, [older]);

  return { alarms, loaded, connection, eventAt, older, loadOlder, learn };
}

export interface Polled<T> {
  readonly value: T | null;
  /** Since when the server has not answered, by this browser's clock; null while it does. */
  readonly failingSince: number | null;
  /** Whether the server answers, but for want of a database cannot say anything (503). */
  readonly unavailable: boolean;
}

/** Ask again and again, while anybody looks. */
export function usePolled<T>(path: string, everyMs: number): Polled<T> {
  const [polled, setPolled] = useState<Polled<T>>({ value: null, failingSince: null, unavailable: false });
  const state = useRef(polled);

  useEffect(() => {
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;

    function put(next: Polled<T>): void {
      state.current = next;
      setPolled(next);
    }

    async function ask(): Promise<void> {
      if (!document.hidden) {
        try {
          const value = await get<T>(path);
          if (over) return;
          put({ value, failingSince: null, unavailable: false });
        } catch (error) {
          if (over) return;
          put({
            value: state.current.value,
            failingSince: state.current.failingSince ?? Date.now(),
            unavailable: error instanceof Refused && error.status === 503,
          });
        }
      }
      timer = setTimeout(() => void ask(), everyMs);
    }

    void ask();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [path, everyMs]);

  return polled;
}

export interface Surroundings {
  readonly status: Polled<Status>;
  readonly load: Polled<Load>;
  readonly sites: Polled<Items<Site>>;
  readonly cameras: Polled<Items<Camera>>;
  readonly values: Polled<Items<LatestValue>>;
  readonly sensors: Polled<Items<Sensor>>;
}

export function useSurroundings(): Surroundings {
  return {
    status: usePolled<Status>("status", 3_000),
    load: usePolled<Load>("alarms/load", 3_000),
    sites: usePolled<Items<Site>>("sites", 60_000),
    cameras: usePolled<Items<Camera>>("cameras", 2_000),
    values: usePolled<Items<LatestValue>>("latest", 3_000),
    sensors: usePolled<Items<Sensor>>("sensors", 15_000),
  };
}

/** The present by the server's clock, ticking once a second: ages must not depend on how the browser's clock is set. */
export function useNow(status: Status | null): number {
  const [local, setLocal] = useState(Date.now());
  const offset = useRef(0);
  const seen = useRef<Status | null>(null);
  if (status !== null && status !== seen.current) {
    seen.current = status;
    offset.current = Date.parse(status.now) - Date.now();
  }
  useEffect(() => {
    const timer = setInterval(() => setLocal(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return local + offset.current;
}
