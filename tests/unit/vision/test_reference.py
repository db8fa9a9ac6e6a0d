from pathlib import Path

import numpy as np
import pytest

from events.errors import StorageError
from events.ids import ZoneId
from vision.detector import Look, ReferenceStore, Small
from vision.reference import FirstSettledReferences, StoredReferences

CORNER = ZoneId("corner")


def clean() -> Small:
    return np.random.default_rng(4).integers(0, 255, (180, 320), np.uint8)


@pytest.fixture(params=["stored", "first settled"])
def references(request: pytest.FixtureRequest, tmp_path: Path) -> ReferenceStore:
    return StoredReferences(tmp_path / "cam-1") if request.param == "stored" else FirstSettledReferences()


def test_what_was_kept_comes_back_exactly(references: ReferenceStore) -> None:
    small = clean()
    references.save(CORNER, small)
    kept = references.load(CORNER)
    assert kept is not None
    assert np.array_equal(kept, small)


def test_zones_do_not_mix_and_the_whole_picture_is_a_zone_of_its_own(references: ReferenceStore) -> None:
    references.save(None, clean())
    assert references.load(CORNER) is None
    assert references.load(None) is not None


def test_what_is_kept_does_not_change_with_the_array_it_came_from(references: ReferenceStore) -> None:
    small = clean()
    before = small.copy()
    references.save(CORNER, small)
    small[:] = 0
    kept = references.load(CORNER)
    assert kept is not None
    assert np.array_equal(kept, before)


def test_references_survive_a_restart(tmp_path: Path) -> None:
    StoredReferences(tmp_path).save(CORNER, clean())
    assert StoredReferences(tmp_path).load(CORNER) is not None


def test_a_live_camera_never_takes_its_first_seconds_for_clean(tmp_path: Path) -> None:
    assert not StoredReferences(tmp_path).adopts_first
    assert FirstSettledReferences().adopts_first


@pytest.mark.parametrize("damage", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n"])
def test_a_damaged_reference_is_no_reference(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "corner.png").write_bytes(damage)
    assert StoredReferences(tmp_path).load(CORNER) is None


def test_a_reference_of_another_size_is_no_reference(tmp_path: Path) -> None:
    references = StoredReferences(tmp_path)
    references.save(CORNER, np.zeros((90, 160), np.uint8))
    assert references.load(CORNER) is None


def test_a_reference_that_cannot_be_written_is_an_error_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "cam-1").write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="corner"):
        StoredReferences(tmp_path / "cam-1").save(CORNER, clean())


def test_looks_of_one_zone_do_not_mix_and_can_be_forgotten(references: ReferenceStore) -> None:
    night = 255 - clean()
    references.save(CORNER, clean())
    references.save(CORNER, night, Look.NIGHT)
    kept = references.load(CORNER, Look.NIGHT)
    assert kept is not None
    assert np.array_equal(kept, night)
    references.forget(CORNER, Look.NIGHT)
    references.forget(CORNER, Look.FOLLOWED)
    assert references.load(CORNER, Look.NIGHT) is None
    assert references.load(CORNER) is not None


def test_facts_of_a_zone_come_back(references: ReferenceStore) -> None:
    assert references.recall(CORNER) == {}
    references.remember(CORNER, {"since_at": 12.5})
    assert references.recall(CORNER) == {"since_at": 12.5}


def test_a_stored_reference_knows_when_it_was_taken(tmp_path: Path) -> None:
    references = StoredReferences(tmp_path)
    assert references.saved_at(CORNER) is None
    references.save(CORNER, clean())
    assert references.saved_at(CORNER) is not None
