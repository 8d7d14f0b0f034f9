"""Sending back, remaking, holding, answering over HTTP; photos and rights of the review."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable

import pytest
from PIL import Image

from app.desk import access
from app.desk.pictures import THUMB_BYTES
from app.record import views
from tests.people.cast import ANN, PAM, UNA
from tests.web.bench import Making, Seeded
from tests.web.conftest import Pharmacy
from tests.web.desk import (
    at_desk,
    form_of,
    loaded,
    sign_form,
    state,
)
from workflows import commands as asked
from workflows import events as happened


def reject(pharmacy: Pharmacy, made: Making, **changes: object) -> object:
    client = at_desk(pharmacy)
    form = sign_form(client, made, part="/reject")
    given = {"reason": "image unusable", "how": "rework", "to_step": "photo-final", "note": "Labels are not readable"}
    return client.post(f"/review/{made.id}/reject", data={**form, **given, **changes})


def test_r27_reject_to_rework_sends_it_back_to_that_step(pharmacy: Pharmacy, checked: Making) -> None:
    answer = reject(pharmacy, checked)
    assert answer.status_code == 303  # type: ignore[attr-defined]  # a response
    p = loaded(pharmacy, checked.id)
    assert (state(pharmacy, checked.id), p.reworks, "photo-final" in p.entries, "photo-empty" in p.entries) == (
        "labelled",
        1,
        False,
        True,
    )
    note = next(one.event for one in p.notes if isinstance(one.event, happened.Reworked))
    assert (note.reason, note.note, note.signature.meaning) == ("image unusable", "Labels are not readable", "rejected")


def test_r27_a_step_after_which_liquids_met_is_not_offered(pharmacy: Pharmacy, checked: Making) -> None:
    page = at_desk(pharmacy).get(f"/review/{checked.id}").text
    assert '<option value="photo-final">' in page
    assert '<option value="syringe-full">' not in page
    assert '<option value="bag-after">' not in page
    refused = reject(pharmacy, checked, to_step="syringe-full")
    assert refused.status_code == 422  # type: ignore[attr-defined]  # a response
    assert state(pharmacy, checked.id) == "awaiting-check"


def test_r27_reject_to_remake_opens_the_replacement_at_once(pharmacy: Pharmacy, checked: Making) -> None:
    answer = reject(
        pharmacy, checked, how="remake", to_step="", reason="integrity or particulates", note="Fibre in the bag"
    )
    assert answer.status_code == 303  # type: ignore[attr-defined]  # a response
    assert state(pharmacy, checked.id) == "remade"
    with pharmacy.house.store.reading() as conn:
        new = [row for row in views.preparations(conn, site="MAIN") if row.id != checked.id]
    assert [(row.status, loaded(pharmacy, row.id).replaces) for row in new] == [("ordered", checked.id)]


@pytest.mark.parametrize(
    "missing", [{"reason": ""}, {"reason": "ugly"}, {"how": ""}, {"note": "  "}, {"how": "rework", "to_step": ""}]
)
def test_q3_a_rejection_without_its_reason_comes_back_filled_in(
    pharmacy: Pharmacy, checked: Making, missing: dict[str, object]
) -> None:
    answer = reject(pharmacy, checked, **{"note": "Labels are not readable", **missing})
    assert answer.status_code == 422  # type: ignore[attr-defined]  # a response
    text = answer.text  # type: ignore[attr-defined]  # a response
    assert 'id="dialog-reject" aria-labelledby="reject-title" data-reopen' in text
    assert missing.get("note") == "  " or "Labels are not readable" in text
    assert PAM.password not in text
    assert state(pharmacy, checked.id) == "awaiting-check"


def test_hold_resume_and_answer(pharmacy: Pharmacy, seeded: Seeded) -> None:
    made = seeded.begin().until_drawn()
    made.ask(asked.Call("Foam in vial B"))
    client = at_desk(pharmacy)

    def send(act: str, note: str) -> int:
        form = form_of(client.get(f"/review/{made.id}").text, f"/{act}")
        return client.post(f"/review/{made.id}/{act}", data={**form, "note": note}).status_code

    assert send("answer", "") == 422
    assert send("answer", "Let it stand five minutes") == 303
    assert loaded(pharmacy, made.id).called == ""
    assert send("hold", "Photograph vial B") == 303
    assert (state(pharmacy, made.id), loaded(pharmacy, made.id).paused) == ("paused", "pharmacist hold")
    assert send("resume", "ok") == 422
    assert send("resume", "The photo is clear now") == 303
    assert state(pharmacy, made.id) == "drawn"


# photos and rights


def test_thumbnails_are_small_and_the_display_size_is_1600(pharmacy: Pharmacy, checked: Making) -> None:
    client, sha = at_desk(pharmacy), checked.shots["staged"]
    thumb, display, original = (
        client.get(f"/record/{checked.id}/photo/{sha}/{size}") for size in ("thumb", "display", "original")
    )
    assert len(thumb.data) <= THUMB_BYTES
    assert Image.open(io.BytesIO(display.data)).size == (1600, 900)
    assert Image.open(io.BytesIO(original.data)).size == (1920, 1080)
    assert original.data == pharmacy.house.blobs.get(sha)
    assert {one.headers["X-Content-Type-Options"] for one in (thumb, display, original)} == {"nosniff"}


def test_q54_a_photo_has_its_content_for_a_name_and_is_served_as_the_picture_it_is(
    pharmacy: Pharmacy, checked: Making
) -> None:
    client = at_desk(pharmacy)
    for sha in checked.shots.values():
        answer = client.get(f"/record/{checked.id}/photo/{sha}/original")
        assert hashlib.sha256(answer.data).hexdigest() == sha
        assert (answer.mimetype, answer.headers["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
        assert "script" not in answer.headers["Content-Security-Policy"].replace("script-src 'self'", "")


def test_a_damaged_or_missing_photo_is_never_shown_as_the_picture(pharmacy: Pharmacy, checked: Making) -> None:
    client, blobs = at_desk(pharmacy), pharmacy.house.blobs
    for name, harm in (
        ("staged", lambda path: path.write_bytes(b"\xff\xd8\xff other")),
        ("final", lambda path: path.unlink()),
    ):
        path = blobs.shelf.place(checked.shots[name])
        path.chmod(0o640)
        harm(path)
        for size in ("display", "original"):
            assert client.get(f"/record/{checked.id}/photo/{checked.shots[name]}/{size}").status_code == 410


def test_a_photo_is_served_with_its_own_preparation_only(pharmacy: Pharmacy, seeded: Seeded, checked: Making) -> None:
    other = seeded.begin("DEMO2002").until_check()
    client = at_desk(pharmacy)
    assert client.get(f"/record/{other.id}/photo/{checked.shots['staged']}/thumb").status_code == 404
    assert client.get(f"/record/{checked.id}/photo/{'0' * 64}/thumb").status_code == 404


@pytest.mark.parametrize("member", [ANN, UNA], ids=lambda member: member.user)
def test_q45_only_pharmacists_review(pharmacy: Pharmacy, checked: Making, member: object) -> None:
    client = pharmacy.client()
    from tests.web.conftest import sign_in_desk

    sign_in_desk(client, member)  # type: ignore[arg-type]  # one of the cast
    for path in ("/review", "/review/rows", "/review/next", f"/review/{checked.id}", f"/review/{checked.id}/state"):
        assert client.get(path).status_code == 403


def test_q46_another_sites_preparation_is_404(make_pharmacy: Callable[..., Pharmacy]) -> None:
    here = make_pharmacy()
    made = Seeded(here.house).begin().until_check()
    client = at_desk(here)
    with_site = here.house.settings.model_copy(update={"site": "NORTH"})
    object.__setattr__(here.house, "settings", with_site)
    for path in (f"/review/{made.id}", f"/record/{made.id}", f"/record/{made.id}/pdf", f"/record/{made.id}/csv"):
        assert client.get(path).status_code == 404


def test_q32_opening_a_review_is_recorded(pharmacy: Pharmacy, checked: Making) -> None:
    at_desk(pharmacy).get(f"/review/{checked.id}")
    with pharmacy.house.store.reading() as conn:
        seen = access.of_preparation(conn, checked.id)
    assert [(one.who, one.what, one.patients) for one in seen] == [(PAM.id, "review", (checked.p.patient,))]
