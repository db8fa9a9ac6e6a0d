import hashlib
from pathlib import Path

import pytest

from events.errors import StorageError
from storage.pictures import PictureStore

JPEG = b"\xff\xd8 picture"
DIGEST = hashlib.sha256(JPEG).hexdigest()


async def test_a_picture_comes_back_as_it_went_in(tmp_path: Path) -> None:
    store = PictureStore(tmp_path / "new" / "folder")
    assert await store.get(DIGEST) is None
    store.put(DIGEST, JPEG)
    store.put(DIGEST, JPEG)
    assert await store.get(DIGEST) == JPEG
    assert await PictureStore(tmp_path / "new" / "folder").get(DIGEST) == JPEG


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a" * 63, "A" * 64, "a" * 64 + "\n", "a/" * 32])
async def test_only_digests_name_pictures(tmp_path: Path, name: str) -> None:
    store = PictureStore(tmp_path)
    assert await store.get(name) is None
    with pytest.raises(ValueError, match="64"):
        store.put(name, JPEG)


def test_a_picture_that_cannot_be_kept_is_a_storage_error(tmp_path: Path) -> None:
    store = PictureStore(tmp_path)
    (tmp_path / DIGEST[:2]).write_text("a file in the folder's place")
    with pytest.raises(StorageError, match="could not be kept"):
        store.put(DIGEST, JPEG)


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be kept"):
        PictureStore(tmp_path / "file" / "pictures")
