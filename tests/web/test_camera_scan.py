"""The tablet's camera as a scanner: its frames are decoded by the server, and what agrees goes where every scan goes."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import zxingcpp
from flask.testing import FlaskClient
from PIL import Image
from playwright.sync_api import expect

from app.clock import now
from app.stations import scanner_gate, sight
from devices.scanner.selftest import PROBES
from hardware_mocks.camera import jpeg, photograph
from tests import pharmacy
from tests.devices.camera.pictures import FORMATS, encoded, laid, symbol
from tests.people.cast import ANN
from tests.web.at_station import JSON, SCENES, Hood, Technician, token_in
from workflows.evidence import Scan

FRAME = f"/terminal/{pharmacy.STATION}/frame"
BASE = f"/terminal/{pharmacy.STATION}/scanner-check"


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is: what is tried here is not the deadline."""
    monkeypatch.setattr(sight, "LOOK_S", 30.0)


class Tablet:
    """Somebody at the station whose tablet shows its camera things, without a browser."""

    def __init__(self, hood: Hood) -> None:
        self.hood, self.client, self.after = hood, hood.client(), ""
        self.token = token_in(self.client.get(f"/terminal/{pharmacy.STATION}/worklist").text)

    def shows(self, *things: Image.Image, seed: int = 1) -> str:
        picture = laid(*things, seed=seed, width=1280, height=720)
        form = {"frame": (io.BytesIO(encoded(picture)), "frame.jpg"), "csrf_token": self.token}
        answer = self.client.post(FRAME, data=form, headers=JSON)
        assert answer.status_code == 200
        return str(answer.get_json()["what"])

    def heard(self) -> list[str]:
        """Ids of the readings that came since."""
        live = self.client.get(f"{BASE}/live", query_string={"after": self.after}).get_json()
        ids = [one["id"] for one in live["heard"]]
        self.after = ids[-1] if ids else self.after
        return ids

    def scan(self, id_: str) -> dict[str, Any]:
        answer: dict[str, Any] = self.hood.post(self.client, "scan", heard=id_).get_json()
        return answer


def drawn(data: str, format_: zxingcpp.BarcodeFormat = FORMATS.DataMatrix, scale: int = 5) -> Image.Image:
    return symbol(data, format_, scale)


def trust(hood: Hood) -> None:
    """The tablet's camera has read the printed sheet."""
    set_as = hood.house.settings.stations[pharmacy.STATION]

    def sheet(conn: Any) -> None:
        for probe in PROBES:
            raw = probe.aim + probe.data
            scanner_gate.take(conn, pharmacy.STATION, "camera", set_as, raw, at=now(), who=ANN.id)

    hood.house.store.write(sheet)


def test_f37_a_camera_identifies_nothing_before_it_read_the_sheet_and_its_test_is_its_own(hood: Hood) -> None:
    hood.advance("vial:1")
    tablet = Tablet(hood)
    vial = drawn(pharmacy.code_of("vial A")[3:])
    assert [tablet.shows(vial), tablet.shows(vial, seed=2)] == ["read", "held"]
    (id_,) = tablet.heard()
    refused = tablet.scan(id_)
    assert refused["verdict"]["word"] == "SCANNER NOT TESTED"
    assert "This tablet's camera has not passed its test" in refused["verdict"]["says"]
    words = []
    for probe in PROBES:
        kind = FORMATS.Code128 if probe.symbol == "code128" else FORMATS.DataMatrix
        hood.house.benches.at(pharmacy.STATION).sight._agreement._looks.clear()  # type: ignore[union-attr]  # as if two seconds had gone by
        assert tablet.shows(drawn(probe.written, kind, 4)) == "read", probe
        (id_,) = tablet.heard()
        form = {"heard": id_, "csrf_token": tablet.token}
        words.append(tablet.client.post(f"{BASE}/scan", data=form, headers=JSON).get_json()["verdict"]["word"])
    assert words == ["RIGHT", "RIGHT", "SCANNER READY"]


def test_b7_a_bar_code_counts_by_two_frames_and_by_the_formulary_and_the_record_says_camera(hood: Hood) -> None:
    hood.advance("vial:1")
    trust(hood)
    tablet = Tablet(hood)
    known = pharmacy.UNITS["wrong strength"][1]
    bars = drawn(known, FORMATS.DataBarLtd, 4)
    assert tablet.shows(bars) == "wait"
    assert tablet.heard() == []
    assert tablet.shows(bars, seed=2) == "read"
    (id_,) = tablet.heard()
    tablet.scan(id_)
    miss = hood.p().near_misses[-1].evidence
    assert isinstance(miss, Scan)
    assert (miss.how, miss.raw) == ("camera", f"]e001{known}")
    unknown = drawn("00363323123451", FORMATS.DataBarLtd, 4)
    seen = [tablet.shows(unknown, seed=seed) for seed in range(3, 6)]
    assert "read" not in seen
    assert tablet.heard() == []


def test_b6_two_vials_in_one_picture_are_no_reading(hood: Hood) -> None:
    tablet = Tablet(hood)
    both = [drawn(pharmacy.code_of(name)[3:]) for name in ("vial A", "vial B")]
    assert [tablet.shows(*both, seed=seed) for seed in range(1, 4)] == ["again"] * 3
    assert tablet.heard() == []


def test_b34_what_is_no_picture_is_no_reading_and_nobody_from_outside_is_heard(hood: Hood, client: FlaskClient) -> None:
    tablet = Tablet(hood)
    for rubbish in (b"", b"\xff\xd8\xff", np.zeros(40_000, np.uint8).tobytes()):
        form = {"frame": (io.BytesIO(rubbish), "frame.jpg"), "csrf_token": tablet.token}
        assert tablet.client.post(FRAME, data=form, headers=JSON).get_json()["what"] == "nothing"
    assert tablet.client.post(FRAME, data={"csrf_token": tablet.token}, headers=JSON).status_code == 422
    assert tablet.heard() == []
    token = token_in(client.get(f"/terminal/{pharmacy.STATION}").text)
    form = {"frame": (io.BytesIO(b"x"), "frame.jpg"), "csrf_token": token}
    assert client.post(FRAME, data=form, headers=JSON).status_code == 401


@pytest.fixture
def client(hood: Hood) -> FlaskClient:
    return hood.app.test_client()


@pytest.mark.browser
def test_a_vial_is_scanned_with_the_tablets_camera_and_the_page_decodes_nothing(ann: Technician) -> None:
    trust(ann.hood)
    refused: list[str] = []
    ann.page.on("console", lambda said: refused.append(said.text) if said.type == "error" else None)
    ann.hood.film("vials")
    ann.begin_at("vial:1")
    expect(ann.page.locator("#sight")).to_be_hidden()
    ann.page.get_by_role("button", name="SCAN WITH CAMERA").click()
    expect(ann.page.locator("#sight")).to_be_visible()
    ann.slot("vial:2")
    scan = ann.hood.p().evidence("vial:1")
    assert isinstance(scan, Scan)
    assert (scan.how, scan.raw) == ("camera", pharmacy.own("U", "CYA00001"))
    expect(ann.page.locator("#sight")).to_be_visible()
    ann.page.get_by_role("button", name="CLOSE CAMERA").click()
    expect(ann.page.locator("#sight")).to_be_hidden()
    assert ann.page.evaluate("document.getElementById('sight-finder').srcObject?.active ?? false") is False
    assert [text for text in refused if "Content Security Policy" in text] == []
    assert SCENES["vials"].code in scan.raw


def test_r19_a_label_whose_photo_shows_the_code_of_another_product_is_not_typed_in(hood: Hood) -> None:
    hood.advance("vial:1")
    other = jpeg(photograph(SCENES["other vial"]))
    form = {"number": "10019-955-50", "lot": "AB123", "expiry": "2027-06-30", "serial": ""}
    for picture, says in ((other, "The code in the photo is of"), (jpeg(photograph(SCENES["vials"])), "second person")):
        answer = hood.post(hood.client(), "typed", still=(io.BytesIO(picture), "label.jpg"), **form)
        assert answer.status_code == 422
        assert says in answer.get_json()["verdict"]["says"]
    assert "vial:1" not in hood.p().entries
