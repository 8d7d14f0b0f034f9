"""Outside the demo nothing is made by a procedure that no pharmacist of the site has signed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from app.catalogue import procedures
from app.cli import workflow as door
from app.clock import new_id, now
from app.dispatch import Dispatcher
from app.interfaces.hl7 import read
from app.interfaces.intake import Intake
from app.interfaces.opening import open_if_ready
from app.interfaces.tables import ordered
from app.record import log
from app.record.blobs import Blobs
from app.record.engine import open_store
from app.settings import Settings
from tests import pharmacy
from tests.interfaces.cases import PROFILE
from tests.laid import lay
from workflows.library import IV_BAG
from workflows.procedure import approvals
from workflows.walk import walk
from workflows.worlds import ONE_OF_EACH

SHIPPED = next(one for one in approvals() if one.name == IV_BAG.name)


@pytest.fixture
def waits(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Returns what Marta Example's order waits for once everything else is signed."""
    opened = []

    def ask(demo: bool, folder: Path | None = None) -> str:
        data_dir = lay(folder or tmp_path / f"data{len(opened)}")
        settings = Settings(data_dir=data_dir, stations={pharmacy.STATION: pharmacy.station()}, demo=demo)  # type: ignore[call-arg]  # the rest has defaults
        store, at = open_store(settings), now()
        opened.append(store)
        dispatcher = Dispatcher(store, settings)
        Intake(dispatcher, Blobs(settings.photos)).receive(
            read(pharmacy.message(at), [PROFILE]), at=at, own_id=new_id()
        )

        def work(conn: Any) -> str:
            pharmacy.sign_recipes(conn, settings.site, at)
            return open_if_ready(conn, dispatcher, conn.execute(select(ordered.c.key)).scalar_one(), at=at)

        return store.write(work)

    yield ask
    for store in opened:
        store.close()


def test_the_fictitious_signature_counts_in_the_demo_alone(waits: Callable[..., str]) -> None:
    assert waits(demo=True) == ""
    says = waits(demo=False)
    assert says.startswith("Nobody has signed iv-bag-gravimetric version 1.")
    assert "vialtrace workflow sign iv-bag-gravimetric" in says


def test_a_pharmacist_s_signature_lets_the_site_work(waits: Callable[..., str], tmp_path: Path) -> None:
    site = Settings(data_dir=tmp_path / "site")  # type: ignore[call-arg]  # the rest has defaults
    procedures.sign(site, IV_BAG, SHIPPED.behaviour, "Pam Pharmacist")
    assert waits(demo=False, folder=site.data_dir) == ""


def test_a_signature_over_another_behaviour_or_other_words_does_not_count(tmp_path: Path) -> None:
    site = Settings(data_dir=tmp_path / "site")  # type: ignore[call-arg]  # the rest has defaults
    procedures.sign(site, IV_BAG, "0" * 64, "Pam Pharmacist")
    assert "behaviour" in procedures.why_not(site, IV_BAG)
    path = site.data_dir / procedures.FILE
    path.write_text(path.read_text().replace(SHIPPED.words, "1" * 64))
    assert "words" in procedures.why_not(site, IV_BAG)
    procedures.sign(site, IV_BAG, SHIPPED.behaviour, "Quin Pharmacist")
    assert procedures.why_not(site, IV_BAG) == "", "the newest signature counts"


def test_a_file_that_cannot_be_read_signs_nothing(tmp_path: Path) -> None:
    site = Settings(data_dir=tmp_path)  # type: ignore[call-arg]  # the rest has defaults
    for text in ("{", "[]", '{"approved": [{"name": "iv-bag-gravimetric"}]}', '{"approved": 3}'):
        (tmp_path / procedures.FILE).write_text(text)
        assert "cannot be read" in procedures.why_not(site, IV_BAG), text


def test_signing_walks_first_and_is_kept_in_the_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIALTRACE_DATA_DIR", str(lay(tmp_path / "site")))
    short = walk(IV_BAG, [replace(ONE_OF_EACH, departures=0)])
    monkeypatch.setattr(door, "walked", lambda _: short)
    answer = CliRunner().invoke(door.workflow, ["sign", "iv-bag-gravimetric", "--by", "Pam Pharmacist"])
    assert answer.exit_code == 0, answer.output
    site = Settings(data_dir=tmp_path / "site")  # type: ignore[call-arg]  # the rest has defaults
    kept = json.loads((site.data_dir / procedures.FILE).read_text())["approved"]
    assert [(one["signed_by"], one["behaviour"], one["demo"]) for one in kept] == [
        ("Pam Pharmacist", short.behaviour, False)
    ]
    store = open_store(site)
    with store.reading() as conn:
        (event,) = [one for one in log.load(conn, site.site_stream) if one.kind == "procedure_signed"]
    store.close()
    assert event.data["signed_by"] == "Pam Pharmacist"
    assert event.data["behaviour"] == short.behaviour


def test_a_workflow_that_breaks_a_property_cannot_be_signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIALTRACE_DATA_DIR", str(lay(tmp_path / "site")))
    short = walk(IV_BAG, [replace(ONE_OF_EACH, departures=0)])
    broken = replace(short, properties=(replace(short.properties[0], held=False), *short.properties[1:]))
    monkeypatch.setattr(door, "walked", lambda _: broken)
    answer = CliRunner().invoke(door.workflow, ["sign", "iv-bag-gravimetric", "--by", "Pam Pharmacist"])
    assert answer.exit_code == 1
    assert not (tmp_path / "site" / procedures.FILE).exists()
