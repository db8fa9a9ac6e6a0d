"""Who may do what with which table: one row for each, so that none is forgotten."""

from collections.abc import Mapping
from typing import NamedTuple

INGEST = "pantau_ingest"
"""Takes messages in, judges, keeps the database in order, and sends notices."""

WEB = "pantau_web"
"""Serves pages and API."""

READER = "pantau_reader"
"""Reads the views of the whole city: schema `api`."""

OFFICE = "pantau_opd"
"""Reads the views of its own office: schema `opd`."""

ROLES = (INGEST, WEB, READER, OFFICE)

VERBS = {"s": "SELECT", "i": "INSERT", "u": "UPDATE", "d": "DELETE"}


class Rights(NamedTuple):
    """What the two roles that work with tables may do with one: letters of `VERBS`.

    Attributes:
        ingest: What ingest and notify need; it locks rows (`u`) and forgets old ones (`d`).
        web: What the API needs.
    """

    ingest: str
    web: str


TABLES: Mapping[str, Rights] = {
    # the site file and the registry of devices
    "opd": Rights("siu", "s"),
    "site": Rights("siu", "s"),
    "source": Rights("siu", "s"),
    "series": Rights("siu", "s"),
    "quality": Rights("s", "s"),
    "device": Rights("siu", "siu"),
    "device_config": Rights("siu", "siu"),
    "device_command": Rights("siud", "siu"),
    "calibration": Rights("siud", "siud"),
    "recalculation": Rights("siu", "si"),
    "edge_birth": Rights("sid", ""),
    # what was measured, seen and refused
    "reading": Rights("siud", "s"),
    "observation": Rights("siud", "s"),
    "evidence": Rights("sid", "s"),
    "quarantine": Rights("siud", "s"),
    "receipt": Rights("siud", ""),
    "sent_time": Rights("sid", ""),
    "device_clock": Rights("sid", "s"),
    "rollup_1m": Rights("siud", ""),
    "rollup_1h": Rights("siud", ""),
    "rollup_1d": Rights("siud", ""),
    "rollup_dirty": Rights("siud", ""),
    "rollup_series": Rights("siu", ""),
    "data_edge": Rights("siu", "s"),
    # who is there
    "source_life": Rights("siu", "s"),
    "canary": Rights("siu", "s"),
    "liveness": Rights("siu", "s"),
    "liveness_change": Rights("sid", "s"),
    "listening": Rights("siud", "s"),
    # rules and alarms; LOCK TABLE rule_version needs the right to change rows
    "rule_state": Rights("siu", ""),
    "rule_note": Rights("sid", ""),
    "memory_keeper": Rights("siu", ""),
    "rule_version": Rights("siu", "siu"),
    "rule_adoption": Rights("si", "s"),
    "shadow_alarm": Rights("siud", "s"),
    "alarm": Rights("siud", "siu"),
    "alarm_event": Rights("sid", "si"),
    "alarm_journal": Rights("sid", "siu"),
    "alarm_verdict": Rights("sd", "siu"),
    "alarm_feed": Rights("siu", ""),
    "notice": Rights("siud", "s"),
    "maintenance": Rights("s", "siud"),
    "audit_log": Rights("sid", "si"),
    # programmes and waste
    "governance.programme": Rights("siu", "s"),
    "governance.dataset": Rights("siu", "s"),
    "governance.report": Rights("s", "siu"),
    "governance.digest": Rights("si", ""),
    "gareng_mesem.setting": Rights("siu", "s"),
    "gareng_mesem.waste_site": Rights("siu", "s"),
    "gareng_mesem.bin": Rights("siu", "s"),
    "gareng_mesem.load": Rights("siu", "siu"),
    "gareng_mesem.incident": Rights("siu", "siu"),
    "gareng_mesem.incident_event": Rights("si", "si"),
    "gareng_mesem.report": Rights("", "si"),
    "gareng_mesem.picture": Rights("", "si"),
    # the schema itself
    "schema_migration": Rights("s", ""),
    "database_login": Rights("", ""),
    # views and continuous aggregates, some of them on some editions only
    "reading_corrected": Rights("s", "s"),
    "reading_1m": Rights("s", "s"),
    "reading_1h": Rights("s", "s"),
    "reading_1d": Rights("s", "s"),
    "continuous_1m": Rights("s", ""),
    "continuous_1h": Rights("s", ""),
    "continuous_1d": Rights("s", ""),
    "governance.register": Rights("s", "s"),
    "governance.today": Rights("", "s"),
    "gareng_mesem.fill_now": Rights("", "s"),
    "gareng_mesem.open_piles": Rights("", "s"),
    "gareng_mesem.open_now": Rights("", "s"),
    "gareng_mesem.reporting_now": Rights("", "s"),
    "gareng_mesem.repeat_spots_now": Rights("", "s"),
}
"""Every table and view outside `READ_BY`. A name that this edition or release does not have is passed over."""

READ_BY: Mapping[str, str] = {"api": READER, "opd": OFFICE}
"""Schemas whose every view and function is for one role, and has been made for it."""

OPENED_TO: Mapping[str, tuple[str, ...]] = {"governance": (INGEST, WEB), "gareng_mesem": (INGEST, WEB)}
"""Schemas with tables that a role must be let into; `public` is open to all, its tables are not."""

SEQUENCES: Mapping[str, tuple[str, ...]] = {"arrival_block": (INGEST,)}
"""Sequences that are drawn from by name; those of identity columns need no right."""

FUNCTIONS: Mapping[str, tuple[str, ...]] = {"forget_chunks": (INGEST,)}
"""Pantau's functions in `public`. Those of `governance` and `gareng_mesem` read with the rights of their caller."""
