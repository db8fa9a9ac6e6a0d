"""How often Python looks for circular garbage in a process that makes many small values."""

import gc

YOUNG = 50_000
"""Objects made before the youngest are looked through. A batch of 2,000 messages makes a multiple of Python's own 700,
none of them circular, and each look at the older ones walks through everything held: a third of decoding's time."""

MIDDLE, OLD = 20, 50


def spare_collector() -> None:
    """Look for circular garbage seldom, and never among what is there now; call once everything is loaded.

    Memory is still given back at once: only circles wait for the collector, and values here make none.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
