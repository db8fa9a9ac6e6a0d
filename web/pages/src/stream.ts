/** The live connection: comes back by itself, with the last event it saw. */

import type { Alarm } from "./api";

export type Connection = "connecting" | "live" | "lost";

/** What of EventSource is used, so that a test can stand in for the browser. */
export interface Source {
  readonly readyState: number;
  onopen: ((event: Event) => unknown) | null;
  onerror: ((event: Event) => unknown) | null;
  addEventListener(kind: string, listener: (event: MessageEvent<string>) => void): void;
  close(): void;
}

const CLOSED = 2;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

export interface Listener {
  alarm(alarm: Alarm): void;
  /** The server no longer knows what came after the last event: load a snapshot and open a new stream. */
  reset(): void;
  connection(state: Connection): void;
}

export class AlarmStream {
  private source: Source | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pauseMs = FIRST_PAUSE_MS;
  private ended = false;

  constructor(
    private seq: number,
    private readonly listener: Listener,
    private readonly open: (address: string) => Source = (address) => new EventSource(address),
  ) {
    this.connect();
  }

  close(): void {
    this.ended = true;
    clearTimeout(this.timer);
    this.source?.close();
  }

  private connect(): void {
    const source = this.open(`/api/v1/alarms/stream?after=${this.seq}`);
    this.source = source;
    source.onopen = () => {
      this.pauseMs = FIRST_PAUSE_MS;
      this.listener.connection("live");
    };
    source.onerror = () => this.lost(source);
    source.addEventListener("alarm", (event) => {
      const alarm = JSON.parse(event.data) as Alarm;
      if (alarm.seq <= this.seq) return;
      this.seq = alarm.seq;
      this.listener.alarm(alarm);
    });
    source.addEventListener("reset", () => {
      this.close();
      this.listener.reset();
    });
  }

  /** The browser reconnects after a cut by itself, but gives up for good after any refusal, such as a 503. */
  private lost(source: Source): void {
    if (this.ended) return;
    this.listener.connection("lost");
    if (source.readyState !== CLOSED) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), this.pauseMs * (0.5 + Math.random() / 2));
    this.pauseMs = Math.min(this.pauseMs * 2, LONGEST_PAUSE_MS);
  }
}
