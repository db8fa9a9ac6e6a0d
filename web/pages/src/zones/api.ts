/** The calls of the page; addresses are relative, since the page's own holds the token. */

import { Refused } from "../api";
import type { Drawing } from "./model";

export interface Field {
  readonly name: string;
  readonly about: string;
  readonly type: string;
  readonly default: unknown;
  readonly minimum: number | null;
  readonly maximum: number | null;
}

export interface DetectorAbout {
  readonly name: string;
  readonly about: string;
  readonly fields: readonly Field[];
}

export interface PictureAbout {
  readonly picture: string;
  readonly width: number;
  readonly height: number;
}

export interface State extends PictureAbout {
  readonly title: string;
  readonly place: string | null;
  /** What is drawn, saved or not. */
  readonly drawing: Partial<Drawing>;
  /** What is kept where it is saved. */
  readonly kept: Partial<Drawing>;
  readonly detectors: readonly DetectorAbout[];
}

export interface Mistake {
  readonly path: string;
  readonly problem: string;
  readonly remedy: string;
  readonly warning: boolean;
}

export interface Judged {
  readonly yaml: string;
  readonly mistakes: readonly Mistake[];
}

/** A camera may take its time to give a picture. */
const PATIENCE_MS = 30_000;

async function call(path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(path, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!response.ok) {
    const problem = (await response.json().catch(() => ({}))) as { detail?: string };
    throw new Refused(response.status, problem.detail ?? response.statusText);
  }
  return response;
}

async function send(path: string, body: unknown): Promise<Response> {
  return call(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

export async function state(): Promise<State> {
  return (await (await call("state")).json()) as State;
}

export async function check(drawing: Partial<Drawing>): Promise<Judged> {
  return (await (await send("check", drawing)).json()) as Judged;
}

export async function save(drawing: Partial<Drawing>): Promise<Judged> {
  return (await (await send("save", drawing)).json()) as Judged;
}

export async function anotherPicture(): Promise<PictureAbout> {
  return (await (await send("picture", {})).json()) as PictureAbout;
}

export async function alive(): Promise<void> {
  await send("alive", {});
}

export async function done(): Promise<void> {
  await send("done", {});
}
