import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { alarm } from "./alarm.fixture";
import { AlarmStream, type Listener, type Source } from "./stream";

class FakeSource implements Source {
  readyState = 1;
  onopen: ((event: Event) => unknown) | null = null;
  onerror: ((event: Event) => unknown) | null = null;
  closed = false;
  private readonly listeners = new Map<string, (event: MessageEvent<string>) => void>();

  constructor(readonly address: string) {}

  addEventListener(kind: string, listener: (event: MessageEvent<string>) => void): void {
    this.listeners.set(kind, listener);
  }

  close(): void {
    this.closed = true;
  }

  tell(kind: string, data: unknown): void {
    this.listeners.get(kind)?.({ data: JSON.stringify(data) } as MessageEvent<string>);
  }

  fail(readyState: number): void {
    this.readyState = readyState;
    this.onerror?.({} as Event);
  }
}

describe("the stream", () => {
  let sources: FakeSource[];
  let heard: number[];
  let states: string[];
  let resets: number;
  let stream: AlarmStream;

  const last = (): FakeSource => sources[sources.length - 1] as FakeSource;

  beforeEach(() => {
    vi.useFakeTimers();
    sources = [];
    heard = [];
    states = [];
    resets = 0;
    const listener: Listener = {
      alarm: (one) => heard.push(one.seq),
      reset: () => (resets += 1),
      connection: (state) => states.push(state),
    };
    stream = new AlarmStream(7, listener, (address) => {
      sources.push(new FakeSource(address));
      return last();
    });
  });

  afterEach(() => {
    stream.close();
    vi.useRealTimers();
  });

  it("joins after the snapshot and hears each change once", () => {
    expect(last().address).toBe("/api/v1/alarms/stream?after=7");
    for (const seq of [7, 8, 8, 9, 6]) last().tell("alarm", alarm({ seq }));
    expect(heard).toEqual([8, 9]);
  });

  it("leaves a cut to the browser, which comes back by itself", () => {
    last().fail(0);
    vi.advanceTimersByTime(60_000);
    expect(sources.length).toBe(1);
    expect(states).toEqual(["lost"]);
  });

  it("comes back after a refusal with the last change it heard", () => {
    last().tell("alarm", alarm({ seq: 12 }));
    last().fail(2);
    vi.advanceTimersByTime(1_000);
    expect(sources.map((source) => source.address)).toEqual([
      "/api/v1/alarms/stream?after=7",
      "/api/v1/alarms/stream?after=12",
    ]);
  });

  it("waits longer after each refusal, but never for ever", () => {
    for (let turn = 0; turn < 12; turn++) {
      last().fail(2);
      vi.advanceTimersByTime(10_000);
    }
    expect(sources.length).toBe(13);
  });

  it("closes and asks for a new snapshot when its place is lost", () => {
    last().tell("reset", { seq: 99 });
    expect(resets).toBe(1);
    expect(last().closed).toBe(true);
    last().fail(2);
    vi.advanceTimersByTime(60_000);
    expect(sources.length).toBe(1);
  });
});
