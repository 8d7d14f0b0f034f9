"""A trial's shelf is counted against its record: what lacks leaves it, what nobody knows stops the count (R56)."""

from __future__ import annotations

from flask.testing import FlaskClient

from app.catalogue import trial_lines
from tests.people.cast import PAM
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk
from tests.web.trial_desk import PROTOCOL, Seeded, act, dressed, found, of_the_trial, received, seeded, units
from tests.workflows.example import scan

__all__ = ["seeded"]


def counted(desk: FlaskClient, kits: str, note: str = "", **said: str) -> tuple[int, str]:
    return act(desk, "/trials/count", kits=kits, note=note, **said)


def told(pharmacy: Pharmacy) -> list[tuple[str, str, int, int, str]]:
    with pharmacy.house.store.reading() as conn:
        every = trial_lines.lines(conn, "MAIN", PROTOCOL)
    return [(one.line.what, one.line.kit, one.line.change, one.line.balance, one.line.note) for one in every][3:]


def test_r56_a_shelf_that_is_as_the_record_says_is_one_line(pharmacy: Pharmacy, seeded: Seeded) -> None:
    desk = at_desk(pharmacy)
    received(desk)
    assert counted(desk, "k-17 K-18\nK-19") == (303, "")
    assert told(pharmacy) == [("shelf count", "", 0, 3, "3 on the shelf, 0 staged, 3 by the record")]
    assert units(pharmacy).keys() == {"K-17", "K-18", "K-19"}
    assert "3 on the shelf" in desk.get("/trials").text


def test_r56_what_lacks_leaves_the_stock_and_comes_back_when_it_is_found(pharmacy: Pharmacy, seeded: Seeded) -> None:
    desk = at_desk(pharmacy)
    received(desk)
    assert "Not on the shelf: kit K-18" in counted(desk, "K-17 K-19")[1]
    alone = counted(desk, "K-17 K-19", "both shelves searched", badge=PAM.badge, pin=PAM.pin)
    assert (alone[0], told(pharmacy)) == (422, []), "nobody counts alone"
    assert counted(desk, "K-17 K-19", "both shelves searched") == (303, "")
    assert [one[:4] for one in told(pharmacy)] == [("shelf count", "", 0, 3), ("missing", "K-18", -1, 2)]
    assert "no stock: missing" in getattr(found(pharmacy, label_of(pharmacy, "K-18")), "what", "")
    assert act(desk, "/trials/lines/5/strike", note="stood behind the fridge") == (303, "")
    assert units(pharmacy).keys() == {"K-17", "K-18", "K-19"}


def label_of(pharmacy: Pharmacy, kit: str) -> str:
    with pharmacy.house.store.reading() as conn:
        return next(one.line.unit for one in trial_lines.lines(conn, "MAIN", PROTOCOL) if one.line.kit == kit)


def test_r56_what_the_record_does_not_know_is_looked_into_before_anything_is_kept(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    desk = at_desk(pharmacy)
    received(desk)
    assert "Not in stock by the record: kit K-20" in counted(desk, "K-17 K-18 K-19 K-20")[1]
    assert "twice" in counted(desk, "K-17 k-17 K-18 K-19")[1]
    assert told(pharmacy) == []


def test_r56_what_is_staged_in_a_cabinet_does_not_lack(pharmacy: Pharmacy, seeded: Seeded) -> None:
    desk = at_desk(pharmacy)
    received(desk)
    made = dressed(of_the_trial(pharmacy, seeded, desk))
    made.do(scan(found(pharmacy, units(pharmacy)["K-17"])))
    assert counted(desk, "K-18 K-19") == (303, "")
    assert told(pharmacy) == [("shelf count", "", 0, 3, "2 on the shelf, 1 staged, 3 by the record")]
