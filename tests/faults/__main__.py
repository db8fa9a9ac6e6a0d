"""`make prove`: the full fault matrix, 20,000 messages under load for each fault, and its table."""

import argparse
import logging
import platform
import subprocess
import sys
import time

import structlog
from rich.console import Console
from rich.table import Table

from tests.faults.matrix import FAULTS, Fault, lacks_mosquitto
from tests.faults.proving import Verdict, prove

HEADINGS = ("fault", "PUBACK", "receipts", "committed", "repeats", "forgotten by the broker", "lost", "doubled")


def main() -> int:
    """Run the matrix; return 0 where nothing was lost, doubled, or out of balance."""
    parser = argparse.ArgumentParser(prog="make prove", description=__doc__)
    parser.add_argument("faults", nargs="*", choices=[[], *(fault.name for fault in FAULTS)], help="default: all")
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--rate", type=float, default=1_000.0, metavar="HZ")
    parser.add_argument("--short", action="store_true", help="faults as short as in the normal test run")
    wanted = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    console = Console(width=150, highlight=False)
    missing = lacks_mosquitto()
    if missing is not None:
        console.print(f"The fault matrix needs {missing}.")
        return 2
    chosen = [fault for fault in FAULTS if not wanted.faults or fault.name in wanted.faults]
    if wanted.short:
        chosen = [fault for fault in chosen if fault.short_s is not None]
    table = Table(title=f"{wanted.messages:,} messages a fault, {wanted.rate:,.0f} a second, {_revision()}")
    for heading in (*HEADINGS, "recovered after"):
        table.add_column(heading, justify="left" if heading == "fault" else "right")
    failed = False
    for number, fault in enumerate(chosen, 1):
        label = f"{number}/{len(chosen)} {fault.title}"
        lacking = fault.lacking()
        if lacking is not None:
            console.print(f"{label}: left out, needs {lacking}")
            table.add_row(fault.title, f"left out: needs {lacking}")
            continue
        failed |= not _one(console, table, fault, label, wanted)
    console.print(table)
    return int(failed)


def _one(console: Console, table: Table, fault: Fault, label: str, wanted: argparse.Namespace) -> bool:
    """Prove one fault; tell whether the promise held."""
    begun_s = time.monotonic()
    with console.status(label) as status:
        try:
            verdict = prove(
                fault,
                wanted.messages,
                rate_hz=wanted.rate,
                for_s=fault.full_s if fault.short_s is None or not wanted.short else fault.short_s,
                say=lambda step: status.update(f"{label}: {step}"),
            )
        except AssertionError as error:
            notes = "\n".join(getattr(error, "__notes__", ()))
            console.print(f"{label}: FAILED: {error}\n{notes}", markup=False)
            table.add_row(fault.title, f"FAILED: {error}")
            return False
    held = not verdict.lost and not verdict.doubled
    console.print(f"{label}: {'held' if held else 'BROKEN'}, {time.monotonic() - begun_s:.0f} s")
    table.add_row(fault.title, *_cells(verdict))
    return held


def _cells(verdict: Verdict) -> list[str]:
    figures = (
        verdict.acknowledged,
        verdict.receipted,
        verdict.committed,
        verdict.repeats,
        verdict.forgotten,
        len(verdict.lost),
        verdict.doubled,
    )
    recovered = "-" if verdict.recovery_s is None else f"{verdict.recovery_s:.1f} s"
    return [*(f"{figure:,}" for figure in figures), recovered]


def _revision() -> str:
    found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return f"revision {found.stdout.strip() or 'unknown'}, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main())
