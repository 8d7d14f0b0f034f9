"""The picture of the finished bag shows its label: read in the picture, or the pharmacist is told that it could not be (R24)."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from app.stations.pictures import NOT_READ
from hardware_mocks.camera import jpeg, photograph
from tests import pharmacy
from tests.web.at_station import SCENES, Hood
from workflows.evidence import Photo
from workflows.rules.protection import UNREAD


def taken(hood: Hood, ann: FlaskClient, code: str = "", variant: str = "sharp") -> dict[str, str]:
    """Ann photographs the bag with this code on its label, and hears what becomes of it."""
    still = jpeg(photograph(replace(SCENES["bag"], code=code), variant))
    said = hood.post(ann, "photo", slot="photo-final", still=(io.BytesIO(still), "still.jpg"))
    verdict: dict[str, str] = said.get_json()["verdict"]
    return verdict


def live_code(hood: Hood) -> str:
    label = hood.p().final_label()
    assert label is not None
    return pharmacy.own("F", label.label_id, label.copy)[3:]


def photo(hood: Hood) -> Photo:
    found = hood.p().evidence("photo-final")
    assert isinstance(found, Photo)
    return found


@pytest.fixture
def finished(hood: Hood) -> Hood:
    hood.advance("photo-final")
    return hood


def test_r24_a_picture_in_which_the_final_label_is_read_is_taken_at_once(finished: Hood) -> None:
    assert taken(finished, finished.client(), live_code(finished))["kind"] == "right"
    (code,) = photo(finished).codes or ()
    assert (code.known, "final label" in code.what) == (True, True)


def test_r24_one_in_which_it_is_not_read_is_refused_once_and_then_told_to_the_pharmacist(finished: Hood) -> None:
    ann = finished.client()
    said = taken(finished, ann)
    assert said["kind"] == "wrong"
    assert "The final label cannot be read in the picture." in said["says"]
    assert "Turn its code to the camera" in said["act"]
    assert finished.p().near_misses[-1].evidence.why == (UNREAD,)  # type: ignore[union-attr]  # it was a photo
    assert "photo-final" not in finished.p().entries
    assert taken(finished, ann)["kind"] == "right"
    assert photo(finished).codes == (NOT_READ,)
    record = ann.get(f"/record/{finished.preparation}").text
    assert "shows no final label that can be read" in record


def test_r24_a_blurred_picture_is_no_try_at_reading_the_label(finished: Hood) -> None:
    ann = finished.client()
    assert "blurred" in taken(finished, ann, variant="blurred")["says"]
    assert "cannot be read" in taken(finished, ann)["says"]


@pytest.mark.parametrize("variant", ["blurred", "black", "glaring", "streaked"])
def test_r24_a_poor_picture_is_refused_however_well_the_label_was_read_before(finished: Hood, variant: str) -> None:
    assert taken(finished, finished.client(), live_code(finished), variant)["kind"] == "wrong"
    assert "photo-final" not in finished.p().entries
