"""Photos in a folder and photos in a bucket: the same promises, kept by both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from app.clock import now
from app.record import blobs
from app.record.backup import back_up, restore
from app.record.blobs import Blobs, Damaged
from app.record.engine import open_store
from app.record.verify import verify
from app.settings import Settings, WrongSettings, load_settings
from tests.record.conftest import NOON, a_day

PICTURE = b"a photo of a syringe"
NAME = sha256(PICTURE).hexdigest()


@dataclass
class Place:
    """A shelf, and hands that reach behind it."""

    address: Path | str
    client: Any = None

    @cached_property
    def kept(self) -> Blobs:
        return Blobs(self.address)

    def spoil(self, name: str, content: bytes) -> None:
        place = self.kept.shelf.place(name)  # type: ignore[attr-defined]  # both shelves have one
        if isinstance(place, Path):
            place.chmod(0o640)
            place.write_bytes(content)
        else:
            self.client.put_object(Bucket="photos", Key=place.partition("/")[2], Body=content)


@pytest.fixture(scope="session")
def store_in_the_cloud() -> Iterator[str]:
    """An S3-compatible store on this machine."""
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    if request.param == "folder":
        return Place(tmp_path / "blobs")
    return bucket(request.getfixturevalue("store_in_the_cloud"), monkeypatch)


def bucket(url: str, monkeypatch: pytest.MonkeyPatch) -> Place:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    client = boto3.client("s3", endpoint_url=url)
    client.create_bucket(Bucket="photos")
    for one in client.list_objects_v2(Bucket="photos").get("Contents", []):
        client.delete_object(Bucket="photos", Key=one["Key"])
    return Place(f"s3://photos/site/main?endpoint={url}", client)


def test_what_was_put_is_got_again_by_its_digest(place: Place) -> None:
    kept = place.kept.put(PICTURE, "image/jpeg")
    assert (kept.sha256, kept.size) == (NAME, len(PICTURE))
    assert place.kept.get(NAME) == PICTURE
    assert place.kept.put(PICTURE, "image/jpeg") == kept
    assert (place.kept.shelf.has(NAME), place.kept.shelf.has("0" * 64)) == (True, False)
    assert place.kept.get("0" * 64) is None


def test_q61_what_was_changed_behind_the_program_is_damaged_and_mended_by_the_same_bytes(place: Place) -> None:
    place.kept.put(PICTURE, "image/jpeg")
    place.spoil(NAME, b"another photo")
    found = place.kept.get(NAME)
    assert isinstance(found, Damaged)
    assert "is not what was filed" in found.says
    place.kept.put(PICTURE, "image/jpeg")
    assert place.kept.get(NAME) == PICTURE


def test_what_was_erased_is_gone_and_erasing_twice_is_nothing(place: Place) -> None:
    place.kept.put(PICTURE, "image/jpeg")
    place.kept.erase(NAME)
    place.kept.erase(NAME)
    assert place.kept.get(NAME) is None


@pytest.mark.parametrize("name", ["../../etc/passwd", "a" * 63, "G" * 64, "A" * 64])
def test_what_is_no_digest_names_no_file(place: Place, name: str) -> None:
    for reach in (place.kept.get, place.kept.erase):
        with pytest.raises(ValueError, match="is no SHA-256"):
            reach(name)


def test_only_what_no_row_names_and_what_is_old_is_an_orphan(place: Place, settings: Settings) -> None:
    other = place.kept.put(b"another", "image/jpeg")
    place.kept.put(PICTURE, "image/jpeg")
    later = now() + timedelta(seconds=5)
    with closing(open_store(settings)) as store:
        store.write(lambda conn: blobs.enter(conn, other, at=NOON, identifying=True))
        with store.reading() as conn:
            assert place.kept.orphans(conn, later) == (NAME,)
            assert place.kept.orphans(conn, datetime(2026, 1, 1, tzinfo=UTC)) == ()


def test_a_day_with_photos_there_verifies_is_backed_up_and_restored_beside_its_record(
    place: Place, settings: Settings, tmp_path: Path
) -> None:
    with closing(open_store(settings)) as store:
        a_day(store, place.address)  # type: ignore[arg-type]  # a folder or a bucket
    database = settings.data_dir / "vialtrace.db"
    assert verify(database, place.address).faults == ()
    made = back_up(database, place.address, settings.data_dir / "checkpoints", tmp_path / "backup", NOON)
    assert (made.verdict.ok, made.photos_copied) == (True, 2)
    there = load_settings(data_dir=tmp_path / "new", database_url="", photos_url="")
    assert restore(tmp_path / "backup", there, (), who="pam", why="", at=NOON).verdict.faults == ()
    name = sha256(b"first photo").hexdigest()
    place.kept.erase(name)
    assert [fault.where for fault in verify(database, place.address).faults] == [f"photo {name}"]


def test_a_store_that_gives_back_something_else_is_not_believed(
    store_in_the_cloud: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = bucket(store_in_the_cloud, monkeypatch).kept
    monkeypatch.setattr(kept.shelf._fs, "cat_file", lambda _: b"half a ph")  # type: ignore[attr-defined]  # a bucket
    with pytest.raises(OSError, match="gave back something else than was written"):
        kept.put(PICTURE, "image/jpeg")


def test_a_store_that_is_away_is_an_answer_in_words_and_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.record.bucket.TRIES", {"connect_timeout": 1, "retries": {"max_attempts": 0}})
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    kept = Blobs("s3://photos/x?endpoint=http://127.0.0.1:9")
    found = kept.get(NAME)
    assert isinstance(found, Damaged)
    assert "cannot be read" in found.says
    assert "127.0.0.1" not in found.says
    with pytest.raises(OSError, match="the photo store does not answer"):
        kept.put(PICTURE, "image/jpeg")


def test_q34_a_store_beyond_this_machine_is_reached_by_tls_alone(tmp_path: Path) -> None:
    for url in ("s3://photos?endpoint=http://minio.example:9000", "ftp://x/y", "s3:///nowhere"):
        with pytest.raises(WrongSettings):
            load_settings(data_dir=tmp_path, photos_url=url)
    for url in (
        "s3://photos/x",
        "s3://photos?endpoint=https://minio.example:9000",
        str(tmp_path),
        f"file://{tmp_path}",
    ):
        assert load_settings(data_dir=tmp_path, photos_url=url).photos in {url, tmp_path}
    assert load_settings(data_dir=tmp_path).photos == tmp_path / "blobs"
