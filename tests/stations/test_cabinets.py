"""A site registers its own cabinets, by command and by page; without a certificate in date one takes no work (R41)."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.clock import now
from app.record.engine import Store, open_store
from app.settings import Settings
from app.stations import cabinets, history, register
from tests.laid import lay


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = lay(tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIALTRACE_DATA_DIR", str(folder))
    monkeypatch.setenv("VIALTRACE_STATIONS", json.dumps({"HOOD-1": {}, "HOOD-2": {}}))
    return folder


def typed(line: str) -> Result:
    return CliRunner().invoke(main, shlex.split(line))


REGISTER = "cabinet register HOOD-1 BSC-1 --category 2 --certificate NSF-4711 --until 2030-06-30 --why new --json"


def test_r41_a_new_cabinet_is_known_by_the_code_on_its_front_and_may_be_worked_in(site: Path) -> None:
    done = typed(REGISTER)
    assert (done.exit_code, json.loads(done.output)["kept"]) == (0, True)
    store = open_store(Settings(data_dir=site))  # type: ignore[call-arg]  # the rest has defaults
    with store.reading() as conn:
        (one,) = cabinets.of_station(conn, "HOOD-1")
        found = register.cabinet_by_label(conn, one.label)
        said = [line.what for line in history.lines(conn, "HOOD-1")]
    store.close()
    assert found is not None
    assert (found.code, found.station, found.category, found.last_drug) == ("BSC-1", "HOOD-1", 2, "")
    assert found.certified_until is not None
    assert found.certified_until > now()
    assert said == ["certificate on the register", "put on the register"]


def test_r41_a_new_certificate_keeps_the_code_and_what_was_opened_last(site: Path) -> None:
    typed(REGISTER)
    store = open_store(Settings(data_dir=site))  # type: ignore[call-arg]  # the rest has defaults
    store.write(lambda conn: register.note_drug(conn, "BSC-1", "cyclophosphamide", at=now(), who="u-ann"))
    before = the_one(store)
    store.close()
    typed(REGISTER.replace("2030-06-30", "2030-12-31").replace("NSF-4711", "NSF-5000"))
    store = open_store(Settings(data_dir=site))  # type: ignore[call-arg]  # the rest has defaults
    after = the_one(store)
    store.close()
    assert (after.label, after.last_drug, after.decontaminated) == (before.label, "cyclophosphamide", False)
    assert (after.certificate, f"{after.certified_until:%Y-%m-%d}") == ("NSF-5000", "2031-01-01")


def the_one(store: Store) -> cabinets.Standing:
    with store.reading() as conn:
        (one,) = cabinets.of_station(conn, "HOOD-1")
    return one


def test_r41_one_out_of_service_takes_no_work_until_it_is_certified_again(site: Path) -> None:
    typed(REGISTER)
    assert typed("cabinet out HOOD-1 BSC-1 --why 'the filter leaks'").exit_code == 0
    listed = json.loads(typed("cabinet list --json").output)
    assert (listed["cabinet"], listed["certified_until"]) == ("BSC-1", None)
    typed(REGISTER)
    assert json.loads(typed("cabinet list --json").output)["certified_until"] is not None


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (REGISTER.replace("2030-06-30", "2020-01-01"), "run out already"),
        (REGISTER.replace("HOOD-1", "HOOD-2"), "BSC-1 stands at HOOD-1"),
        (REGISTER.replace("NSF-4711", "' '"), "Give its name, its certificate"),
        ("cabinet out HOOD-2 BSC-1 --why x --json", "No cabinet BSC-1 stands at HOOD-2"),
    ],
)
def test_r41_what_cannot_be_is_refused_with_the_reason_and_changes_nothing(site: Path, line: str, says: str) -> None:
    typed(REGISTER)
    before = typed("cabinet list --json").output
    done = typed(line)
    assert (done.exit_code, says in json.loads(done.output)["says"]) == (1, True), done.output
    assert typed("cabinet list --json").output == before
