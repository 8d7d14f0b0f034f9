"""What others do to a preparation reaches its tablet in red, names what to do, and can be answered by touch."""

from __future__ import annotations

import pytest

from tests import pharmacy
from tests.people.cast import PAM
from tests.web.at_station import JSON, Hood
from workflows import commands as asked
from workflows.circumstances import Actor
from workflows.evidence import Signature


def rejected_by(who: Actor, digest: str) -> Signature:
    return Signature("rejected", who.name, who.licence, "password", 2, digest, (), ())


@pytest.mark.parametrize(
    ("command", "word", "act"),
    [
        (
            lambda sign: asked.Rework("photo-final", "image unusable", "The plungers cannot be read.", sign),
            "SENT BACK",
            "Do this step again: Photograph the bag with both labels.",
        ),
        (
            lambda sign: asked.Remake("wrong volume", "Too little in the bag.", sign),
            "REJECTED: MAKE A NEW ONE",
            "Set this one aside for destruction.",
        ),
    ],
)
def test_a_rejected_dose_names_the_step_and_has_a_way_out_by_touch(
    hood: Hood, command: object, word: str, act: str
) -> None:
    hood.advance("approve")
    ann = hood.client()
    before = hood.screen(ann)["version"]
    p = hood.p()
    with hood.rooms.store.reading() as conn:
        pam = pharmacy.actors.actor(conn, PAM.id, hood.rooms.dispatcher.settings, pharmacy.clock.now())
    pharmacy._ask(hood.rooms, hood.preparation, command(rejected_by(pam, p.digest)), PAM)  # type: ignore[operator]
    said = hood.client().get(f"{hood.path}?since={before}", headers=JSON).get_json()["verdict"]
    assert (said["kind"], said["word"]) == ("wrong", word)
    assert said["act"] == act
    assert [one["word"] for one in said["answers"]] == ["BACK", "CALL"]


def test_a_screen_is_drawn_only_for_the_page_that_shows_it(hood: Hood) -> None:
    hood.advance("vial")
    ann = hood.client()
    data = ann.get(hood.path, headers=JSON).get_json()
    shown = ann.get(hood.path, headers={"Accept": "application/json, text/html;q=0.5"}).get_json()
    assert "html" not in data
    assert data["screen"]["task"] == shown["screen"]["task"]
    assert f"<h1>{shown['screen']['task']}</h1>" in shown["html"]
