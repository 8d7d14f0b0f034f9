"""What a pharmacist's page says where a licence does not count, and where somebody worked on a waiver."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from app.clock import now
from app.people import accounts, competencies
from tests.people.cast import ADA, ANN, PAM, QUIN, UNA
from tests.web.bench import Making
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk, codes, form_of, photos_of, state


@pytest.fixture
def in_wisconsin(make_pharmacy: Callable[..., Pharmacy], kept_bag: tuple[Path, Making], tmp_path: Path) -> Pharmacy:
    """One bag waits for its final check in Wisconsin, where Pam is licensed and Quin is not."""
    shutil.copytree(kept_bag[0], tmp_path / "data0")
    return make_pharmacy(site_state="WI")


def bag_in(site: Pharmacy, kept_bag: tuple[Path, Making]) -> Making:
    made = kept_bag[1]
    return replace(made, seeded=replace(made.seeded, house=site.house, furnished=True), shots=dict(made.shots))


def test_r25_where_the_licence_does_not_cover_the_state_there_is_no_approve_button_but_the_reason(
    in_wisconsin: Pharmacy, kept_bag: tuple[Path, Making]
) -> None:
    bag = bag_in(in_wisconsin, kept_bag)
    quin, pam = at_desk(in_wisconsin, QUIN), at_desk(in_wisconsin)
    page = unescape(quin.get(f"/review/{bag.id}").text)
    assert "Quin S.'s licence RPH-1002 covers IL, not WI, where this pharmacy is" in page
    assert 'id="dialog-sign"' not in page
    theirs = form_of(pam.get(f"/review/{bag.id}").text, f"/review/{bag.id}/sign")
    token = form_of(quin.get("/me").text, "/me/password")
    form = {**theirs, **token, "user": QUIN.user, "password": QUIN.password, "seen": photos_of(bag)}
    refused = quin.post(f"/review/{bag.id}/sign", data=form)
    assert (refused.status_code, "covers IL, not WI" in refused.text) == (422, True)
    assert codes(in_wisconsin, bag.id)[-1] == "NOT_LICENSED"
    assert state(in_wisconsin, bag.id) == "awaiting-check"


def test_q27_a_licence_that_lapsed_is_named_with_its_day(in_wisconsin: Pharmacy, kept_bag: tuple[Path, Making]) -> None:
    bag, last = bag_in(in_wisconsin, kept_bag), now() - timedelta(days=2)
    in_wisconsin.house.door.write(
        lambda act: accounts.change_licence(act, PAM.id, "RPH-1001", ("WI",), last, why="entered from the list"),
        by=ADA.id,
        at=now(),
    )
    page = unescape(at_desk(in_wisconsin).get(f"/review/{bag.id}").text)
    day = last.astimezone(in_wisconsin.house.settings.zone).date()
    assert f"Pam Q.'s licence RPH-1001 lapsed on {day}" in page
    assert 'id="dialog-sign"' not in page


def test_r44_a_waiver_that_somebody_worked_on_is_read_first(pharmacy: Pharmacy, checked: Making) -> None:
    door, at = pharmacy.house.door, now()
    lapsed = {"GRAV": at - timedelta(days=3)}
    door.write(lambda act: competencies.certify(act, ANN.id, lapsed, assessor=UNA.id), by=ADA.id, at=at)
    start = checked.p.entries["cabinet"].at
    door.write(
        lambda act: competencies.waive(act, ANN.id, "GRAV", lasts=timedelta(hours=4), reason="assessor is away today"),
        by=UNA.id,
        at=start,
    )
    client = at_desk(pharmacy)
    for page in (client.get(f"/review/{checked.id}").text, client.get(f"/record/{checked.id}").text):
        assert "Ann T. works on a waiver: GRAV has lapsed" in page
        assert "assessor is away today" in page
