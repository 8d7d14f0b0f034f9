"""Photos from a camera that hangs at the station: any browser's tablet shows them, and a camera that fails is named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Playwright, expect

from hardware_mocks.panel import presets
from hardware_mocks.panel.server import Panel
from hardware_mocks.station import Station
from tests import pharmacy
from tests.browser import launched
from tests.web.at_station import JSON, Hood, Technician, open_hood
from workflows.evidence import Photo

REFUSING = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream=deny")
"""A camera is there, and the person at the tablet refuses it when the browser asks."""
ALLOWED = """() => {
  const picture = document.createElement("canvas");
  setInterval(() => picture.getContext("2d").fillRect(0, 0, 9 * Math.random(), 9), 50);
  navigator.mediaDevices.getUserMedia = () => Promise.resolve(picture.captureStream(20));
}"""
"""The person allows it after all."""
PULLED_OUT = """() => {
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("none", "NotFoundError"));
  document.getElementById("finder").srcObject.getVideoTracks()[0].dispatchEvent(new Event("ended"));
}"""
"""As a browser says it whose only camera is no longer there."""


@pytest.fixture
def hood(tmp_path: Path) -> Iterator[Hood]:
    """A station with its own camera, which looks at what was last handled."""
    with Station(speed=6.0) as station, Panel(station, presets.load()) as panel:
        yield from open_hood(tmp_path / "data", station, tmp_path / "none", f"{panel.url}/still.jpg")


@pytest.fixture
def bare_hood(tmp_path: Path) -> Iterator[Hood]:
    """A station without a camera of its own: the tablet's takes the photos."""
    with Station(speed=6.0) as station:
        yield from open_hood(tmp_path / "data", station, tmp_path / "none")


def test_the_stations_camera_is_handed_on_as_it_is_and_its_silence_in_words(hood: Hood) -> None:
    ann = hood.client()
    taken = ann.get(f"/terminal/{pharmacy.STATION}/still")
    assert (taken.status_code, taken.mimetype, taken.data[:2]) == (200, "image/jpeg", b"\xff\xd8")
    assert taken.headers["Cache-Control"] == "no-store"
    hood.station.stand.plugged = False
    silent = ann.get(f"/terminal/{pharmacy.STATION}/still")
    assert (silent.status_code, "Look at its cable" in silent.get_json()["says"]) == (503, True)
    stranger = hood.app.test_client()
    assert stranger.get(f"/terminal/{pharmacy.STATION}/still", headers=JSON).status_code == 401


@pytest.mark.browser
def test_a_browser_without_a_camera_takes_the_photo_with_the_stations_own(hood: Hood, context: BrowserContext) -> None:
    ann, stand = Technician(context.new_page(), hood), hood.station.stand
    hood.advance("photo-staged")
    stand.plugged = False
    ann.sign_in()
    ann.open()
    ann.slot("photo-staged")
    ann.hears("check", "NO CAMERA")
    expect(ann.page.locator("#camera")).to_have_text("camera not answering")
    stand.plugged = True
    expect(ann.page.locator("#camera")).to_have_text("camera ready")
    expect(ann.page.locator("#verdict[data-verdict]")).to_have_count(0)
    stand.spoil("frozen")
    ann.page.wait_for_timeout(2500)
    ann.card("CAPTURE")
    ann.hears("wrong", "frozen")
    stand.spoil("sharp")
    ann.page.wait_for_timeout(1500)
    ann.card("CAPTURE")
    ann.slot("recon-before:1")
    photo = hood.p().evidence("photo-staged")
    assert isinstance(photo, Photo)
    assert (photo.camera, photo.width, photo.height) == ("station camera", 1920, 1440)
    assert isinstance(hood.rooms.blobs.get(photo.sha256), bytes)


@pytest.mark.browser
def test_f40_a_browser_that_refuses_its_camera_or_has_none_says_which_and_goes_on_once_it_is_allowed(
    bare_hood: Hood, playwright: Playwright
) -> None:
    bare_hood.advance("photo-staged")
    version = bare_hood.p().version
    with closing(launched(playwright, *REFUSING)) as browser:
        ann = Technician(browser.new_page(), bare_hood)
        ann.sign_in()
        ann.open()
        ann.hears("check", "The browser was told not to use the camera here.DO THIS Tap the sign beside the address")
        expect(ann.page.locator("#camera")).to_have_text("camera not allowed")
        ann.page.get_by_role("button", name="OK").click()
        ann.card("CAPTURE")
        ann.hears("check", "told not to use the camera")
        assert (bare_hood.p().version, bare_hood.p().evidence("photo-staged")) == (version, None)
        ann.page.evaluate(ALLOWED)
        expect(ann.page.locator("#camera")).to_have_text("camera ready")
        expect(ann.page.locator("#verdict[data-verdict]")).to_have_count(0)
        ann.page.evaluate(PULLED_OUT)
        ann.hears("check", "The camera was pulled out")
        ann.hears("check", "This tablet has no camera.DO THIS Plug one in")
        assert bare_hood.p().evidence("photo-staged") is None
