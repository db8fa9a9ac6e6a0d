import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from devices.outbox import Item, ItemNumber, Outbox
from events.errors import ConfigError, PayloadError, StorageError
from tests.fix_broker import ROOT


def payloads(outbox: Outbox) -> list[bytes]:
    return [item.payload for item in outbox.oldest(1000)]


def fill(outbox: Outbox, kinds: str) -> None:
    """Append one message for each letter: `t` for telemetry, anything else for the rest."""
    for n, kind in enumerate(kinds):
        outbox.append("topic", f"{kind}{n}".encode(), retain=False, telemetry=kind == "t")


def test_messages_come_out_in_the_order_they_went_in(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox")
    outbox.append("a", b"1", retain=False, telemetry=True)
    outbox.append("b", b"2", retain=True, telemetry=False)

    assert outbox.oldest(10) == [Item(1, "a", b"1", retain=False), Item(2, "b", b"2", retain=True)]
    assert outbox.after(1, 10) == [Item(2, "b", b"2", retain=True)]
    assert len(outbox) == 2
    assert outbox.size_bytes == 2


def test_what_is_removed_is_gone_and_its_id_is_not_given_again(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox")
    fill(outbox, "tt")
    outbox.remove([2, 2, 99])
    fill(outbox, "t")

    assert [item.id for item in outbox.oldest(10)] == [1, 3]


def test_it_goes_on_where_the_last_run_ended(tmp_path: Path) -> None:
    first = Outbox(tmp_path / "outbox")
    fill(first, "tet")
    first.remove([1])
    first.close()

    second = Outbox(tmp_path / "outbox")

    assert payloads(second) == [b"e1", b"t2"]
    assert (len(second), second.size_bytes) == (2, 4)
    fill(second, "t")
    assert [item.id for item in second.oldest(10)] == [2, 3, 4]


@pytest.mark.parametrize(
    ("kinds", "kept"),
    [
        ("tttt", [b"t1", b"t2", b"t3"]),
        ("ettt", [b"e0", b"t2", b"t3"]),
        ("teee", [b"e1", b"e2", b"e3"]),
        ("eeee", [b"e1", b"e2", b"e3"]),
        ("eeet", [b"e1", b"e2", b"t3"]),
    ],
)
def test_a_full_outbox_gives_up_the_oldest_telemetry_first(tmp_path: Path, kinds: str, kept: list[bytes]) -> None:
    outbox = Outbox(tmp_path / "outbox", most_items=3)
    fill(outbox, kinds)

    assert payloads(outbox) == kept


def test_it_is_bounded_in_bytes_too(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox", most_bytes=10)
    for letter in b"abc":
        outbox.append("t", bytes([letter]) * 4, retain=False, telemetry=True)

    assert payloads(outbox) == [b"bbbb", b"cccc"]
    with pytest.raises(PayloadError, match="11 bytes"):
        outbox.append("t", b"x" * 11, retain=False, telemetry=True)
    assert payloads(outbox) == [b"bbbb", b"cccc"]


def test_a_second_owner_is_told_so(tmp_path: Path) -> None:
    owner = Outbox(tmp_path / "outbox")

    with pytest.raises(ConfigError, match="another process may hold it"):
        Outbox(tmp_path / "outbox")

    owner.close()
    Outbox(tmp_path / "outbox").close()


def test_a_damaged_file_is_kept_aside_and_a_new_outbox_begun(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_bytes(b"not a database" * 1000)

    outbox = Outbox(tmp_path / "outbox")
    fill(outbox, "t")
    outbox.close()

    assert [path.read_bytes() for path in tmp_path.glob("outbox.damaged-*")] == [b"not a database" * 1000]
    again = Outbox(tmp_path / "outbox")
    assert len(again) == 1
    again.close()


def test_a_disk_that_refuses_leaves_the_message_with_its_owner(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox", most_items=2)
    fill(outbox, "tt")
    outbox._database.execute("PRAGMA query_only=ON")

    with pytest.raises(StorageError):
        fill(outbox, "t")

    outbox._database.execute("PRAGMA query_only=OFF")
    assert payloads(outbox) == [b"t0", b"t1"]
    assert (len(outbox), outbox.size_bytes) == (2, 4)


WRITER = """
import sys
from pathlib import Path
from devices.outbox import Outbox
outbox = Outbox(Path(sys.argv[1]))
n = 0
while True:
    outbox.append("t", b"%d" % n, retain=False, telemetry=True)
    print(n, flush=True)
    n += 1
"""


def test_what_append_returned_from_survives_the_death_of_the_process(tmp_path: Path) -> None:
    path = tmp_path / "outbox"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], cwd=ROOT, stdout=subprocess.PIPE)
    assert writer.stdout is not None
    for _ in range(200):
        writer.stdout.readline()
    writer.send_signal(signal.SIGKILL)
    said = [int(line) for line in writer.stdout.read().split()]
    writer.wait()
    writer.stdout.close()

    kept = [int(item.payload) for item in Outbox(path).oldest(100_000)]

    promised = max(said, default=199)
    assert kept[: promised + 1] == list(range(promised + 1))


class OutboxAgainstAList(RuleBasedStateMachine):
    """The outbox does what a plain list with the same rules does."""

    def __init__(self) -> None:
        super().__init__()
        self.outbox = Outbox(Path(":memory:"), most_bytes=20, most_items=5)
        self.model: list[tuple[int, bytes, bool]] = []
        self.next_id = 1

    @rule(size=st.integers(0, 12), telemetry=st.booleans())
    def append(self, *, size: int, telemetry: bool) -> None:
        payload = b"x" * size
        self.outbox.append("t", payload, retain=False, telemetry=telemetry)
        while len(self.model) >= 5 or sum(len(p) for _, p, _ in self.model) + size > 20:
            self.model.remove(next((entry for entry in self.model if entry[2]), self.model[0]))
        self.model.append((self.next_id, payload, telemetry))
        self.next_id += 1

    @rule(position=st.integers(0, 4))
    def remove(self, position: int) -> None:
        if position < len(self.model):
            self.outbox.remove([self.model.pop(position)[0]])

    @invariant()
    def holds_the_same(self) -> None:
        assert [(item.id, item.payload) for item in self.outbox.oldest(10)] == [(i, p) for i, p, _ in self.model]
        assert len(self.outbox) == len(self.model)
        assert self.outbox.size_bytes == sum(len(p) for _, p, _ in self.model)

    def teardown(self) -> None:
        self.outbox.close()


TestOutboxAgainstAList = OutboxAgainstAList.TestCase
TestOutboxAgainstAList.settings = settings(max_examples=40, deadline=None)


def test_the_file_is_written_ahead(tmp_path: Path) -> None:
    Outbox(tmp_path / "outbox").close()
    reader = sqlite3.connect(tmp_path / "outbox")
    assert reader.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    reader.close()


def test_an_outbox_that_cannot_be_made_says_where(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        Outbox(tmp_path / "nowhere" / "outbox")


def test_a_run_s_messages_can_be_given_new_numbers(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "o")
    for seq, boot in ((1, "a"), (1, "b"), (2, "a")):
        outbox.append("t", b"old", retain=False, telemetry=True, number=ItemNumber("s", boot, seq))
    held = outbox.of_run("s", "a")
    assert [item.number for item in held] == [ItemNumber("s", "a", 1), ItemNumber("s", "a", 2)]
    outbox.rewrite([item._replace(payload=b"newer", number=ItemNumber("s", "c", 7)) for item in held[1:]])
    assert [(item.payload, item.number) for item in outbox.oldest(9)] == [
        (b"old", ItemNumber("s", "a", 1)),
        (b"old", ItemNumber("s", "b", 1)),
        (b"newer", ItemNumber("s", "c", 7)),
    ]
    assert (len(outbox), outbox.size_bytes) == (3, 11)
    outbox.close()
