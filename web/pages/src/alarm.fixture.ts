/** An alarm for tests. */

import type { Alarm } from "./api";

export function alarm(facts: Partial<Alarm> = {}): Alarm {
  return {
    id: "a",
    seq: 1,
    version: 1,
    kind: "threshold",
    state: "UNACK",
    active: true,
    acked: false,
    priority: "sedang",
    priority_level: 3,
    rule: "tide",
    rule_version: null,
    source_id: "tide-1",
    source_name: "Pasang surut",
    source_kind: "sensor",
    zone: null,
    site: "tasikagung",
    site_name: "Tasikagung",
    group: "tasikagung/tide-1",
    title: "Pasang rob 1,04 m",
    value: 1.04,
    unit: "m",
    met_at: "2026-11-23T04:59:58Z",
    raised_at: "2026-11-23T05:00:00Z",
    updated_at: "2026-11-23T05:00:00Z",
    acked_by: null,
    acked_at: null,
    cleared_at: null,
    occurrences: 1,
    latching: false,
    shelf: null,
    suppressed: null,
    withdrawn: null,
    evidence_url: null,
    ...facts,
  };
}
