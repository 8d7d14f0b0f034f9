"""Two servers as plain processes over one PostgreSQL: a bag is made at one, released at the other, and recorded once."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from app import preparations
from app.record import log
from app.record.engine import open_store
from app.record.place import place_at, read_only
from app.record.verify import verify
from tests import pharmacy
from tests.people.cast import ANN, PAM
from tests.pharmacy import Set
from tests.postgres.furnished import SECRETS, Furnished, rooms_of, settings_of
from tests.serving.over_http import Making
from tests.serving.running import Running
from tests.web.bench import picture

AT = r"vialtrace is at (http://\S+/)"


@dataclass
class Node:
    """A server of its own: its folder, its process, its address."""

    folder: Path
    server: Running
    home: str = ""

    @property
    def labels(self) -> list[str]:
        return sorted(one.name for one in (self.folder / "data" / "labels").glob("[!.]*"))


def start(folder: Path, record: Furnished, station: str) -> Node:
    (folder / "data").mkdir(parents=True)
    for name, text in SECRETS.items():
        (folder / "data" / name).write_text(text)
        (folder / "data" / name).chmod(0o600)
    stands = {station: {"cabinets": [pharmacy.CABINET], "printer": {"kind": "spool", "folder": "labels"}}}
    given = {"DATABASE_URL": record.database.url, "PHOTOS_URL": str(record.photos), "DATA_DIR": str(folder / "data")}
    return Node(folder, Running(folder, "serve", PORT="0", DEMO="true", STATIONS=json.dumps(stands), **given))


@dataclass
class Town:
    """The technician's node, the pharmacist's, and what a test reads and does at the bench in between."""

    bench: Node
    desk: Node
    making: Making
    rooms: Set
    record: Furnished

    def sends(self, path: str, *form: tuple[str, str], file: tuple[str, bytes] | None = None) -> str:
        """A step at the tablet, with what its screen carries."""
        screen = self.making.tablet.json(f"{self.bench.home}{self.making.path}")["screen"]
        sent = [("command_id", screen["command_id"]), ("expected_version", str(screen["version"]))]
        token = self.making.tablet.token(f"{self.bench.home}{self.making.path}/more")
        status, said = self.making.tablet.post(
            f"{self.bench.home}{self.making.path}/{path}",
            [*sent, ("slot", screen["slot"]), ("csrf_token", token), *form], file,
        )  # fmt: skip
        assert status == 200, said
        return said

    def at_bench(self, until: str) -> None:
        """The steps up to this slot; labels come from the node that has the station."""
        pharmacy.advance(self.rooms, self.record.preparation, until)


@pytest.fixture
def town(tmp_path: Path, copied: Furnished) -> Iterator[Town]:
    with ExitStack() as nodes:
        one, other = start(tmp_path / "a", copied, pharmacy.STATION), start(tmp_path / "b", copied, "HOOD-2")
        for node in (one, other):
            nodes.enter_context(node.server)
        for node in (one, other):
            node.home = node.server.says(AT)[1]
        settings = settings_of(tmp_path / "bench", copied.database, copied.photos, pharmacy.STATION)
        store = open_store(settings)
        nodes.callback(store.close)
        making = Making(tmp_path, copied.preparation, None, one.home, place=place_at(copied.database.url, "url"))  # type: ignore[arg-type]  # nobody weighs over HTTP here
        making.office = other.home
        yield Town(one, other, making, rooms_of(store, settings), copied)


def test_q73_a_bag_is_made_at_one_node_and_released_at_the_other(town: Town) -> None:
    ann, pam, preparation = town.making.tablet, town.making.desk, town.record.preparation
    town.making.sign_in(ANN.badge, ANN.pin, PAM.user, PAM.password)
    queue = f"{town.desk.home}review/rows"
    _, empty, _ = pam.ask(queue)
    assert pam.ask(queue, empty)[0] == 304
    town.making.open()
    # a session holds at every node, an instrument's station at its own
    assert ann.ask(f"{town.desk.home}me")[0] == 200
    assert ann.ask(f"{town.desk.home}terminal/{pharmacy.STATION}/worklist")[0] == 404
    town.at_bench("photo-staged")
    photo = picture("staged at one node")
    town.sends("photo", file=("still", photo))
    town.at_bench("approve")
    live = f"{town.bench.home}{town.making.path}/live"
    _, before, _ = ann.ask(live)
    assert ann.ask(live, before)[0] == 304
    # what was made at one node is on the other's queue, photo and all
    status, _, shown = pam.ask(queue, empty)
    assert (status, json.loads(shown)["waiting"]) == (200, 1)
    sha256 = hashlib.sha256(photo).hexdigest()
    assert sha256 in [one.sha256 for one in town.making.p.photos()]
    for node, who in ((town.bench, ann), (town.desk, pam)):
        assert who.ask(f"{node.home}record/{preparation}/photo/{sha256}/original")[2] == photo
    wanted = town.making.approval(PAM.user, PAM.password)
    status, said = pam.post(f"{town.desk.home}{wanted.path}", wanted.form)
    assert (status, '"accepted"' in said or "released" in said.lower()) == (200, True), said
    # the tablet hears of it by its own polling
    status, after, _ = ann.ask(live, before)
    assert (status, after != before) == (200, True)
    label = town.making.p.in_process
    assert label is not None
    town.sends("scan", ("raw", pharmacy.own("I", label.label_id, label.copy)))
    town.at_bench("")
    ends_well(town)


def ends_well(town: Town) -> None:
    """Closed, whole, each label once, and one node goes on when the other is killed."""
    p = town.making.p
    assert p.closed
    printed = [re.sub(r"-[A-Z0-9]{8}-", "-", name) for name in town.bench.labels]
    assert (printed, town.desk.labels) == (["final-1.pdf", "in-process-1.pdf"], [])
    place = place_at(town.record.database.url, "url")
    assert verify(place, town.record.photos, lists=preparations.view_faults).faults == ()
    with read_only(place) as conn:
        numbers = [one.site_seq for one in log.since(conn, "MAIN", 0)]
    assert numbers == list(range(1, len(numbers) + 1))
    for number in town.bench.server.living():
        with suppress(ProcessLookupError):  # a worker may have ended with its parent
            os.kill(number, signal.SIGKILL)
    status, _, ready = town.making.desk.ask(f"{town.desk.home}readyz")
    assert (status, json.loads(ready)["ok"]) == (200, True)
    assert town.making.tablet.ask(f"{town.desk.home}me")[0] == 200
