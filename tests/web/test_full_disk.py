"""The disk of the record is full: nothing is said to be saved, everything can be read, and work resumes by itself."""

from __future__ import annotations

import io
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from app import create_app
from app.clock import new_command_id, now
from app.people.secrets import CHEAP
from app.record.engine import NotSaved
from app.record.shelf import Folder
from app.settings import Settings
from app.web.house import house_of
from tests import pharmacy
from tests.laid import lay
from tests.people.cast import ADA, PAM, seat
from tests.small_disk import WAYS, small_disk
from tests.web.at_station import Hood, Technician
from tests.web.bench import Making, picture
from tests.web.conftest import STATIONS, Pharmacy, sign_in_desk
from tests.web.desk import at_desk
from workflows.evidence import Photo

JSON = {"Accept": "application/json"}


@pytest.mark.parametrize("way", WAYS)
def test_q65_over_http_a_full_disk_is_said_in_words_pages_are_read_and_work_resumes_without_restart(
    tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.health.watch.FRESH_S", 0)
    with small_disk(tmp_path / "small", way) as small:
        settings = Settings(data_dir=lay(small.folder / "data"), stations=STATIONS, demo=True)  # type: ignore[call-arg]  # the rest has defaults
        app = create_app(settings, cost=CHEAP)
        house = house_of(app)
        with closing(house.store):
            seat(house.door, now())
            client, other = app.test_client(), app.test_client()
            assert sign_in_desk(client, PAM).status_code == 302
            small.fill()
            for _ in range(40):  # what room is left in the log is used up first
                refused = sign_in_desk(other, ADA, headers=JSON)
                if refused.status_code == 500:
                    break
            assert refused.json["error"]["title"] == "Not saved; nothing changed"
            assert client.get("/orders").status_code == 200, "reading goes on"
            ready = client.get("/readyz")
            assert (ready.status_code, ready.json["ok"], ready.json["database"]) == (503, False, False)
            small.make_room()
            assert sign_in_desk(other, ADA).status_code == 302
            assert other.get("/readyz").json["database"] is True


def test_q32_while_nothing_can_be_saved_a_record_is_shown_and_logged_but_leaves_the_house_in_no_file(
    pharmacy: Pharmacy, checked: Making, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = at_desk(pharmacy, PAM)

    def full(_work: object) -> None:
        raise NotSaved("not saved; nothing changed")

    monkeypatch.setattr(pharmacy.house.store, "write", full)
    for page in (f"/record/{checked.id}", f"/review/{checked.id}", "/review"):
        assert client.get(page).status_code == 200
    told = [dict(one.msg) for one in caplog.records if isinstance(one.msg, dict)]
    assert [one["code"] for one in told if one["event"] == "access not recorded"] == ["record", "review", "queue"]
    assert {one["person"] for one in told if one["event"] == "access not recorded"} == {PAM.id}
    for file in (f"/record/{checked.id}/csv", f"/record/{checked.id}/pdf", f"/record/{checked.id}/bundle"):
        assert client.get(file).status_code == 500


@pytest.mark.browser
def test_q65_at_the_station_nothing_passes_until_it_is_saved(ann: Technician) -> None:
    full = [True]

    def commit(_conn: object) -> None:
        if full:
            raise OperationalError("COMMIT", None, OSError("database or disk is full"))

    ann.begin_at("vial:1")
    version = ann.hood.p().version
    event.listen(ann.hood.house.store.engines[1], "commit", commit)
    ann.scan(pharmacy.code_of("vial A"))
    ann.hears("wrong", "NOT SAVED")
    ann.hears("wrong", "nothing changed")
    ann.hears("wrong", "The server's disk is full")
    assert ann.page.locator("main.glass").get_attribute("inert") is not None
    assert ann.hood.p().version == version
    again = ann.page.get_by_role("button", name="TRY AGAIN")
    again.click()
    ann.hears("wrong", "NOT SAVED")
    full.clear()
    again.click()
    ann.slot("vial:2")
    expect(ann.page.locator("#verdict")).not_to_have_attribute("data-verdict", "wrong")
    assert (ann.hood.p().near_misses, ann.hood.p().evidence("vial:1") is not None) == ((), True)


def test_f40_a_disk_that_fills_in_the_middle_of_a_photo_keeps_no_half_of_it_and_the_same_photo_is_taken_later(
    hood: Hood, tmp_path: Path
) -> None:
    hood.advance("photo-staged")
    ann, still = hood.client(), picture("vials on the tray")
    with small_disk(tmp_path / "small") as small:
        hood.house.blobs.shelf = shelf = Folder(small.folder)
        before, form = hood.p(), {"slot": "photo-staged", "camera": "tablet", "command_id": new_command_id()}
        small.fill()
        refused = hood.post(ann, "photo", still=(io.BytesIO(still), "still.jpg"), **form)
        small.make_room()
        assert refused.status_code == 500
        assert refused.get_json()["error"]["title"] == "Not saved; nothing changed"
        assert "disk is full" in refused.get_json()["error"]["says"]
        assert [one for one in shelf.path.rglob("*") if one.is_file()] == []
        assert hood.p() == before
        assert hood.post(ann, "photo", still=(io.BytesIO(still), "still.jpg"), **form).status_code == 200
        kept = hood.p().evidence("photo-staged")
        assert isinstance(kept, Photo)
        assert shelf.read(kept.sha256) == still
