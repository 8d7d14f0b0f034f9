"""A client that was generated from the document makes a preparation and releases it, knowing nothing else of this program."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from app.clock import now
from hardware_mocks.camera import jpeg, photograph
from tests import pharmacy as small
from tests.people.cast import ANN, PAM
from tests.pharmacy import STATION
from tests.web.api.program import token_of
from tests.web.api.robot import Robot, generate
from tests.web.at_station import SCENES, Hood, patience
from tests.web.bench import Making
from tests.web.conftest import Pharmacy


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> None:
    generate(tmp_path_factory.mktemp("client"))


def test_a_generated_client_releases_and_closes_what_waits_for_its_final_check(
    pharmacy: Pharmacy, clean: Making, generated: None
) -> None:
    house = pharmacy.house
    house.store.write(lambda conn: small.read_the_sheet(conn, house.settings, now()))
    small.certify(house.door, now())
    robot = Robot(pharmacy.app, token_of(house, PAM).secret)
    robot.sign_in(PAM)
    assert [(one.preparation, one.reason) for one in robot.ask("review.show_queue").items] == [(clean.id, "release")]
    assert robot.sign(robot.see(clean.id), "approve", PAM).outcome == "accepted"
    robot.sign_in(ANN, STATION)
    p = robot.see(clean.id)
    label = robot.Scan(kind="scan", raw=robot.raw_for(p, p.wanted[0]))
    said = robot.act(p, label)
    assert said.to_dict().get("outcome") == "accepted", said
    p = robot.see(clean.id)
    assert (p.status, p.outcome, p.wanted[0].kind) == ("released", "released", "confirm")
    leftovers = robot.Confirm(kind="confirm", slot=p.wanted[0].slot, item=p.wanted[0].item)
    assert robot.act(p, leftovers).outcome == "accepted"
    assert (robot.see(clean.id).status, robot.see(clean.id).wanted) == ("closed", [])
    robot.sign_in(PAM)
    events = robot.ask("record.list_events", clean.id, limit=200).items
    assert {one.kind: one.who for one in events[-3:]} == {"accepted": ANN.id, "released": ANN.id, "closed": ANN.id}
    signed = [one for one in events if one.who == PAM.id][-1]
    assert (signed.body["evidence"]["meaning"], signed.body["evidence"]["components"]) == ("approved for release", 2)
    assert all(one.command.startswith("api.") for one in (signed, *events[-3:])), "the record says a program sent it"


@pytest.mark.soak
def test_a_generated_client_makes_a_bag_from_the_order_to_its_release(hood: Hood, generated: None) -> None:
    robot = Robot(hood.app, token_of(hood.house, PAM).secret)
    robot.sign_in(ANN, STATION)
    assert robot.act(robot.see(hood.preparation), robot.Claim(kind="claim")).outcome == "accepted"
    hood.epoch()  # the balance answers
    done: list[str] = []
    with patience(180) as may_wait:
        while may_wait() and not (p := robot.see(hood.preparation)).outcome.startswith("rel"):
            if not p.wanted or p.wanted[0].by == "system" or not p.labels:
                time.sleep(0.1)  # the label printer is at work
                continue
            said = _do(robot, hood, p)
            assert getattr(said, "outcome", "") == "accepted", (p.wanted[0], said)
            done.append(p.wanted[0].kind)
    p = robot.see(hood.preparation)
    leftovers = robot.Confirm(kind="confirm", slot=p.wanted[0].slot, item=p.wanted[0].item)
    assert robot.act(p, leftovers).outcome == "accepted"
    assert robot.see(hood.preparation).status == "closed"
    assert (done.count("weigh"), done.count("sign"), done.count("photo")) == (10, 1, 4)


def _do(robot: Robot, hood: Hood, p: object) -> object:
    wanted = p.wanted[0]  # type: ignore[attr-defined]  # of the generated client
    if wanted.kind == "sign":
        robot.sign_in(PAM)
        said = robot.sign(p, wanted.slot, PAM)
        robot.sign_in(ANN, STATION)
        return said
    if wanted.kind == "weigh":
        return robot.weigh(p, wanted.slot, hood.station.put, hood.station.clear)
    if wanted.kind == "photo":
        return robot.photograph(p, wanted.slot, picture_for(hood, wanted.slot))
    if wanted.kind == "confirm":
        return robot.act(p, robot.Confirm(kind="confirm", slot=wanted.slot, item=wanted.item))
    return robot.act(p, robot.Scan(kind="scan", raw=robot.raw_for(p, wanted)))


def picture_for(hood: Hood, slot: str) -> bytes:
    label = hood.p().final_label()
    scene = SCENES["bag" if slot == "photo-final" else "vials"]
    if label is not None and slot == "photo-final":
        scene = replace(scene, code=small.own("F", label.label_id, label.copy)[3:])
    return jpeg(photograph(scene))
