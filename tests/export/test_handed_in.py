"""While the server has the record, a command line hands in what it did: the server enters it, by the account that typed."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from sqlalchemy import select

from app.cli.db import db
from app.cli.options import account
from app.cli.record import record as record_command
from app.clock import now
from app.record import handing
from app.record.bundle_check import verify_bundle
from app.record.engine import Store
from app.record.tables import event
from app.upkeep import handed_in
from tests.export.test_recorded import recorded
from tests.people.cast import UNA
from tests.web.bench import Making
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk


@contextmanager
def at_work(pharmacy: Pharmacy) -> Iterator[Path]:
    """The server's round that looks into the folder, as its keeper does it."""
    rooms, ends = pharmacy.house, threading.Event()
    handed_in.take(rooms.store, rooms.settings, now())

    def look() -> None:
        while not ends.wait(0.02):
            handed_in.take(rooms.store, rooms.settings, now())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield rooms.settings.data_dir / handing.FOLDER
    finally:
        ends.set()
        thread.join()


def data_of(store: Store, kind: str) -> list[dict[str, Any]]:
    with store.reading() as conn:
        bodies = conn.execute(select(event.c.body).where(event.c.kind == kind).order_by(event.c.seq)).scalars()
        return [json.loads(body)["data"] for body in bodies]


def export(pharmacy: Pharmacy, out: Path, *words: str) -> tuple[int, str]:
    folder = str(pharmacy.house.settings.data_dir)
    done = CliRunner().invoke(record_command, ["export", "--data-dir", folder, "--out", str(out), *words])
    return done.exit_code, done.stderr


def test_q8_a_bundle_by_command_line_beside_the_server_is_an_event_before_it_has_its_name(
    pharmacy: Pharmacy, closed: Making, tmp_path: Path
) -> None:
    out = tmp_path / "one.zip"
    with at_work(pharmacy) as folder:
        code, err = export(pharmacy, out, "--preparation", closed.id, "--who", "UNA")
        assert (code, err, list(folder.iterdir())) == (0, "", [])
    (one,) = recorded(pharmacy)
    said = one.export
    assert (one.who, said.named, said.format, said.preparation) == (account(), UNA.id, "bundle", closed.id)
    assert said.sha256 == sha256(out.read_bytes()).hexdigest()
    assert verify_bundle(out).ok
    page = at_desk(pharmacy, UNA).get("/exports").text
    assert account() in page
    assert "said to be for Una V." in page


def test_q8_a_backup_by_command_line_beside_the_server_is_an_event_too(pharmacy: Pharmacy, tmp_path: Path) -> None:
    folder = str(pharmacy.house.settings.data_dir)
    with at_work(pharmacy):
        done = CliRunner().invoke(db, ["backup", "--to", str(tmp_path / "copy"), "--data-dir", folder])
    assert (done.exit_code, "NOT in the record" in done.stderr) == (0, False)
    assert data_of(pharmacy.house.store, "backed_up")[-1] == {"folder": "copy", "named": "", "signed_in": ""}


def test_where_no_server_answers_nothing_is_exported_and_nothing_is_entered_later(
    pharmacy: Pharmacy, closed: Making, tmp_path: Path
) -> None:
    out, rooms = tmp_path / "one.zip", pharmacy.house
    folder = rooms.settings.data_dir / handing.FOLDER
    handed_in.take(rooms.store, rooms.settings, now())
    assert handing.hand_in(rooms.settings, "record_exported", {}, patience_s=0.1) is False
    assert list(folder.iterdir()) == []
    folder.rmdir()
    code, err = export(pharmacy, out, "--preparation", closed.id)
    assert (code, "what is not recorded is not made" in err, out.exists()) == (2, True, False)
    handed_in.take(rooms.store, rooms.settings, now())
    assert recorded(pharmacy) == []


def test_nobody_is_named_who_is_not_on_the_books(pharmacy: Pharmacy, tmp_path: Path) -> None:
    code, err = export(pharmacy, tmp_path / "x.zip", "--who", "zoe")
    assert (code, "There is no user zoe at work" in err) == (2, True)


def put(folder: Path, name: str, said: object) -> None:
    (folder / f"{name}.act").write_text(json.dumps(said))


def test_an_act_in_hand_when_the_server_died_is_entered_once(pharmacy: Pharmacy) -> None:
    rooms = pharmacy.house
    folder = rooms.settings.data_dir / handing.FOLDER
    handed_in.take(rooms.store, rooms.settings, now())
    said = {"kind": "backed_up", "data": {"folder": "copy"}}
    for _ in range(2):  # the second time as if it had died between the commit and its answer
        put(folder, "C0000001", said)
        handed_in.take(rooms.store, rooms.settings, now())
    assert data_of(rooms.store, "backed_up") == [{"folder": "copy"}]


def test_q55_what_is_no_act_or_may_not_be_handed_in_is_answered_no(pharmacy: Pharmacy, tmp_path: Path) -> None:
    rooms = pharmacy.house
    folder = rooms.settings.data_dir / handing.FOLDER
    handed_in.take(rooms.store, rooms.settings, now())
    put(folder, "A", {"kind": "person_taken_on", "data": {}})
    put(folder, "B", {"kind": "backed_up", "data": "everything"})
    put(folder, "C", "x" * handed_in.LARGEST)
    (folder / "D.act").write_bytes(b"\xff{")
    put(tmp_path, "secret", {"kind": "backed_up", "data": {}})
    os.symlink(tmp_path / "secret.act", folder / "E.act")
    assert handed_in.take(rooms.store, rooms.settings, now()) == 0
    assert {path.name: json.loads(path.read_bytes()) for path in folder.iterdir()} == {
        f"{name}.done": {"entered": False} for name in "ABCDE"
    }
    assert data_of(rooms.store, "backed_up") == []
