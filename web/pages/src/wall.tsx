/** The wall: lists on the left, what is selected on the right, the city around them. */

import type { ComponentChildren, JSX } from "preact";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";

import { get, Refused, take, type Alarm, type Camera, type Shelving, type Step } from "./api";
import { read, write, type Address } from "./address";
import { AlarmList } from "./alarm-list";
import { Banner } from "./banner";
import { clock } from "./format";
import { grouped } from "./groups";
import { Header } from "./header";
import { Help } from "./help";
import { useKeys } from "./keys";
import { useAlarms, useNow, useSurroundings } from "./live";
import { hidden, neighbour, sorted, type Tab } from "./order";
import { Cameras, Sites, Values } from "./panels";
import { Sensors } from "./sensors";
import { AlarmPreview, CameraPreview } from "./preview";
import { ShelvingDialog } from "./shelving";
import { useSound } from "./sound";
import { calmSince, count, worstBySite, worstBySource, type Alarms } from "./store";
import { useView, ViewContext } from "./view";
import { words as wordsOf } from "./words";

const TOAST_MS = 6_000;
const NO_MORE: ReadonlyMap<string, number> = new Map();

function useAddress(): [Address, (change: Partial<Address>, how?: "push" | "replace") => void] {
  const [address, setAddress] = useState(() => read(location.search));
  useEffect(() => {
    const onBack = (): void => setAddress(read(location.search));
    addEventListener("popstate", onBack);
    return () => removeEventListener("popstate", onBack);
  }, []);
  const go = useCallback((change: Partial<Address>, how: "push" | "replace" = "push") => {
    const next = { ...read(location.search), ...change };
    const target = `${location.pathname}${write(next)}`;
    if (how === "push") history.pushState(null, "", target);
    else history.replaceState(null, "", target);
    setAddress(next);
  }, []);
  return [address, go];
}

function useDark(address: Address): boolean {
  const [system, setSystem] = useState(() => matchMedia("(prefers-color-scheme: dark)").matches);
  useEffect(() => {
    const query = matchMedia("(prefers-color-scheme: dark)");
    const onChange = (): void => setSystem(query.matches);
    query.addEventListener("change", onChange);
    return () => query.removeEventListener("change", onChange);
  }, []);
  const dark = address.theme === "system" ? system : address.theme === "dark";
  useEffect(() => {
    document.documentElement.dataset["theme"] = dark ? "dark" : "light";
  }, [dark]);
  return dark;
}

export function App(): JSX.Element {
  const [address, go] = useAddress();
  const dark = useDark(address);
  const around = useSurroundings();
  const status = around.status.value;
  const now = useNow(status);
  const view = useMemo(
    () => ({
      language: address.language,
      timezone: status?.timezone ?? "Asia/Jakarta",
      now,
      words: wordsOf(address.language),
    }),
    [address.language, status?.timezone, now],
  );
  useEffect(() => {
    document.documentElement.lang = address.language;
  }, [address.language]);
  return (
    <ViewContext.Provider value={view}>
      <Wall address={address} go={go} dark={dark} around={around} />
    </ViewContext.Provider>
  );
}

interface WallProps {
  readonly address: Address;
  go(change: Partial<Address>, how?: "push" | "replace"): void;
  readonly dark: boolean;
  readonly around: ReturnType<typeof useSurroundings>;
}

function Wall({ address, go, dark, around }: WallProps): JSX.Element {
  const view = useView();
  const { words } = view;
  const wall = useAlarms();
  const sound = useSound(wall.alarms);
  const [helping, setHelping] = useState(false);
  const [showing, setShowing] = useState<"values" | "sensors">("values");
  const [shelving, setShelving] = useState(false);
  const [busy, setBusy] = useState<string | null>(null);
  const [toast, setToast] = useState<string | null>(null);
  const [missing, setMissing] = useState<string | null>(null);
  const [touchedAt, setTouchedAt] = useState(0);
  const shown = useRef<readonly string[]>([]);

  const counts = useMemo(() => count(wall.alarms), [wall.alarms]);
  const load = around.load.value;
  const stale24 = useMemo(() => new Set(load?.stale ?? []), [load?.stale.join()]);
  const grouping = address.tab === "active" && (address.grouped ?? (load?.flood_since ?? null) !== null);
  const { ids: wanted, more } = useMemo(() => {
    const all = sorted(wall.alarms, address.tab, address.site).filter((id) => !address.stale || stale24.has(id));
    return grouping ? grouped(wall.alarms, all, address.group) : { ids: all, more: NO_MORE };
  }, [wall.alarms, address.tab, address.site, address.stale, address.group, grouping, stale24]);
  const worst = useMemo(() => worstBySite(wall.alarms), [wall.alarms]);
  const worstSource = useMemo(() => worstBySource(wall.alarms), [wall.alarms]);
  const alarm = address.alarm === null ? null : (wall.alarms.get(address.alarm) ?? null);
  const cameras = around.cameras.value?.items ?? null;
  const camera = address.camera === null ? null : (cameras?.find((one) => one.id === address.camera) ?? null);
  const status = around.status.value;
  const statusAgeS = status === null ? 0 : Math.max((view.now - Date.parse(status.now)) / 1_000, 0);
  // Nothing comes in, or nothing comes here: either way what is shown is what was.
  const stale = around.status.failingSince !== null || (status !== null && !status.hearing);

  useEffect(() => {
    document.title = counts.unacknowledged > 0 ? `(${counts.unacknowledged}) Pantau` : "Pantau";
  }, [counts.unacknowledged]);

  // A link may name an alarm that has long been past.
  useEffect(() => {
    const id = address.alarm;
    setMissing(null);
    if (id === null || !wall.loaded || wall.alarms.has(id)) return;
    get<Alarm>(`alarms/${encodeURIComponent(id)}`).then(wall.learn, () => setMissing(id));
  }, [address.alarm, wall.loaded]);

  useEffect(() => {
    if (toast === null) return undefined;
    const timer = setTimeout(() => setToast(null), TOAST_MS);
    return () => clearTimeout(timer);
  }, [toast]);

  const step = useCallback(
    (chosen: Alarm, what: Step, shelving: Shelving | null = null) => {
      if (busy !== null) return;
      setBusy(chosen.id);
      setTouchedAt(Date.now());
      take(chosen, what, shelving)
        .then(wall.learn, (error: unknown) => {
          setToast(error instanceof Refused ? `${words.failed}: ${error.message}` : words.failed);
        })
        .finally(() => setBusy(null));
    },
    [busy, wall.learn, words],
  );
  const shelvable = alarm !== null && alarm.state !== "NORM" && !hidden(alarm);

  const move = useCallback(
    (step: 1 | -1) => {
      const next = neighbour(shown.current, address.alarm, step);
      if (next === null) return;
      setTouchedAt(Date.now());
      go({ alarm: next, camera: null }, address.alarm === null ? "push" : "replace");
      document.getElementById(`row-${next}`)?.scrollIntoView({ block: "nearest" });
    },
    [address.alarm, go],
  );

  useKeys({
    move,
    open: () => {
      if (address.alarm === null) move(1);
      else document.querySelector<HTMLElement>(".preview .scroll")?.focus();
    },
    accept: () => {
      if (alarm !== null && !alarm.acked && !hidden(alarm)) step(alarm, "ack");
    },
    shelve: () => {
      if (shelvable) setShelving(true);
    },
    clear: () => (helping ? setHelping(false) : go({ alarm: null, camera: null })),
    mute: sound.toggle,
    help: () => setHelping((on) => !on),
    helping,
    writing: shelving,
  });

  const other = showing === "values" ? "sensors" : "values";
  const toOther = (
    <button type="button" class="other" onClick={() => setShowing(other)}>
      {other === "values" ? words.values : words.devices}
    </button>
  );
  const selecting = address.alarm !== null || address.camera !== null;
  return (
    <div class={selecting ? "wall selecting" : "wall"}>
      <Header
        status={status}
        statusAgeS={statusAgeS}
        stale={stale}
        connection={wall.connection}
        eventAt={wall.eventAt}
        counts={counts}
        dark={dark}
        onLanguage={() => go({ language: address.language === "id" ? "en" : "id" }, "replace")}
        onTheme={() => go({ theme: dark ? "light" : "dark" }, "replace")}
        onHelp={() => setHelping(true)}
        sound={sound}
      />
      <Banner around={around} lost={wall.loaded && wall.connection === "lost"} />
      <main class="alarms">
        <Tabs
          tab={address.tab}
          counts={{ active: counts.active, returned: counts.returned, hidden: counts.hidden, past: null }}
          onTab={(tab) => go({ tab })}
        >
          {address.tab === "active" && (stale24.size > 0 || address.stale) && (
            <button type="button" class="listing" aria-pressed={address.stale} onClick={() => go({ stale: !address.stale })}>
              {words.stale(stale24.size)}
            </button>
          )}
          {address.tab === "active" && (
            <button
              type="button"
              class="listing"
              aria-pressed={grouping}
              title={words.groupedHint}
              onClick={() => go({ grouped: !grouping, group: null })}
            >
              {words.grouped}
            </button>
          )}
        </Tabs>
        {address.site !== null && (
          <button type="button" class="filter" onClick={() => go({ site: null })}>
            {around.sites.value?.items.find((site) => site.id === address.site)?.name ?? address.site} ✕
          </button>
        )}
        {!wall.loaded && <Loading />}
        {wall.loaded && (
          <AlarmList
            alarms={wall.alarms}
            wanted={wanted}
            more={more}
            tab={address.tab}
            site={address.site}
            selected={address.alarm}
            touchedAt={touchedAt}
            onSelect={(id) => {
              setTouchedAt(Date.now());
              go({ alarm: id, camera: null }, address.alarm === null ? "push" : "replace");
            }}
            onShown={(ids) => (shown.current = ids)}
            onGroup={(group) => go({ group: group === address.group ? null : group })}
            view={`${grouping ? (address.group ?? "grouped") : ""}/${address.stale ? "stale" : ""}`}
          />
        )}
        {wall.loaded && wanted.length === 0 && <Empty tab={address.tab} alarms={wall.alarms} stale={stale} />}
        {address.tab === "past" && wall.older !== null && (
          <button type="button" class="more" onClick={wall.loadOlder}>
            {words.more}
          </button>
        )}
      </main>
      <aside class="side">
        {alarm !== null ? (
          <AlarmPreview
            alarm={alarm}
            camera={nearest(alarm, cameras)}
            busy={busy === alarm.id}
            onStep={(what) => step(alarm, what)}
            onShelve={() => setShelving(true)}
            onClose={() => go({ alarm: null })}
          />
        ) : camera !== null ? (
          <CameraPreview camera={camera} onClose={() => go({ camera: null })} />
        ) : (
          <p class="choose">{missing !== null && missing === address.alarm ? words.gone : words.choose}</p>
        )}
      </aside>
      <div class="around">
        <Sites
          sites={around.sites.value?.items ?? null}
          worst={worst}
          selected={address.site}
          marked={alarm?.site ?? camera?.site ?? null}
          stale={stale}
          onSelect={(site) => go({ site })}
        />
        {showing === "values" ? (
          <Values values={around.values.value?.items ?? null} stale={stale} aside={toOther} />
        ) : (
          <Sensors sensors={around.sensors.value?.items ?? null} stale={stale} aside={toOther} />
        )}
        <Cameras
          cameras={cameras}
          worst={worstSource}
          selected={address.camera}
          onSelect={(id) => go({ camera: id, alarm: null })}
        />
      </div>
      {toast !== null && (
        <p class="toast" role="alert">
          {toast}
        </p>
      )}
      {shelving && alarm !== null && shelvable && (
        <ShelvingDialog
          key={alarm.id}
          alarm={alarm}
          onShelve={(chosen) => {
            setShelving(false);
            step(alarm, "shelve", chosen);
          }}
          onClose={() => setShelving(false)}
        />
      )}
      {helping && <Help onClose={() => setHelping(false)} />}
    </div>
  );
}

/** The alarm's own camera, else one at the same site. */
function nearest(alarm: Alarm, cameras: readonly Camera[] | null): Camera | null {
  if (cameras === null) return null;
  return (
    cameras.find((camera) => camera.id === alarm.source_id) ??
    cameras.find((camera) => camera.site === alarm.site) ??
    null
  );
}

function Tabs(props: {
  tab: Tab;
  counts: Record<Tab, number | null>;
  onTab(tab: Tab): void;
  readonly children: ComponentChildren;
}): JSX.Element {
  const { words } = useView();
  const tabs: Tab[] = ["active", "returned", "hidden", "past"];
  return (
    <nav class="tabs" aria-label={words.tabs}>
      {tabs.map((tab) => (
        <button
          key={tab}
          type="button"
          aria-current={props.tab === tab ? "page" : undefined}
          onClick={() => props.onTab(tab)}
        >
          {words[tab]}
          {props.counts[tab] !== null && <span class="figure"> {props.counts[tab]}</span>}
        </button>
      ))}
      <span class="space" />
      {props.children}
    </nav>
  );
}

function Loading(): JSX.Element {
  const { words } = useView();
  return (
    <div class="skeleton list" aria-busy="true" aria-label={words.loading}>
      {Array.from({ length: 8 }, (_, index) => (
        <i key={index} />
      ))}
    </div>
  );
}

function Empty({ tab, alarms, stale }: { tab: Tab; alarms: Alarms; stale: boolean }): JSX.Element {
  const { words, timezone, language } = useView();
  if (tab === "returned") return <p class="empty">{words.emptyReturned}</p>;
  if (tab === "hidden") return <p class="empty">{words.emptyHidden}</p>;
  if (tab === "past") return <p class="empty">{words.emptyPast}</p>;
  if (stale) return <p class="empty">{words.emptyUnknown}</p>;
  const since = calmSince(alarms);
  return (
    <p class="empty calm">
      {words.emptyActive} {since !== null && words.calmSince(clock(since, timezone, language).slice(0, 5))}
    </p>
  );
}
