"""The board of what ends: people's competencies and licences, instruments' certificates, each answered by name."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import update

from app.clock import now
from app.people.tables import competency, person
from app.stations import cabinets
from app.stations.tables import balance
from tests.people.cast import ADA, ANN, BO, LEE, PAM, QUIN, UNA
from tests.web.api.program import token_of
from tests.web.bench import Seeded
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk, post

Line = tuple[str, str, bool, str, str]


def set_ends(pharmacy: Pharmacy, at: datetime) -> None:
    def work(conn):  # type: ignore[no-untyped-def]  # a transaction
        later = at + timedelta(days=300)
        conn.execute(update(competency).values(valid_until=later))
        conn.execute(update(person).values(licence_until=later))
        gone = competency.c.code == "GRAV"
        conn.execute(
            update(competency).where(competency.c.person == ANN.id, gone).values(valid_until=at - timedelta(days=2))
        )
        conn.execute(
            update(competency)
            .where(competency.c.person == BO.id, gone)
            .values(valid_until=at + timedelta(days=59, hours=1))
        )
        conn.execute(update(person).where(person.c.id == PAM.id).values(licence_until=at + timedelta(days=10, hours=1)))
        conn.execute(update(balance).values(calibrated_until=at + timedelta(days=61)))

    pharmacy.house.store.write(work)


def lines(pharmacy: Pharmacy) -> list[Line]:
    answer = at_desk(pharmacy, LEE).get("/expiring", headers={"Accept": "application/json"}).json
    return [
        (one["ending"]["what"], one["ending"]["whose"], one["ended"], one["says"], one["href"])
        for one in answer["lines"]
    ]


def test_r44_what_has_ended_or_ends_within_60_days_is_listed_and_nothing_else(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    at = now()
    assert seeded.house is pharmacy.house
    set_ends(pharmacy, at)
    here = "/people/"
    assert lines(pharmacy) == [
        (
            "competency GRAV",
            ANN.name,
            True,
            "2 days ago",
            f"{here}{ANN.id}",
        ),
        ("licence", PAM.name, False, "in 10 days", f"{here}{PAM.id}"),
        ("competency GRAV", BO.name, False, "in 59 days", f"{here}{BO.id}"),
    ]


def test_r44_a_program_that_sends_orders_ends_with_its_owner_s_licence_and_health_says_so_before(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    assert seeded.house is pharmacy.house
    at, house = now(), pharmacy.house
    set_ends(pharmacy, at)
    sends = token_of(house, PAM, "orders:write", senders=("oncehr",), days=300).token
    reads = token_of(house, PAM, "orders:read", days=50).token
    later = token_of(house, QUIN, "orders:write", senders=("oncehr",), days=300).token
    found = [one for one in lines(pharmacy) if one[0].startswith("API token")]
    assert [(one[0], one[1], one[3]) for one in found] == [
        (f"API token stock robot ({sends.id}), by its owner's licence", PAM.name, "in 10 days"),
        (f"API token stock robot ({reads.id})", PAM.name, "in 49 days"),
    ]
    assert later.id not in str(found)
    said = next(one for one in house.watch.look(0).checks if one.name == "programs")
    assert (said.state, f"stock robot of {PAM.name} ends on" in said.says, QUIN.name in said.says) == (
        "look",
        True,
        False,
    )


def test_r44_an_answer_is_kept_by_name_for_this_end_alone_and_lifts_nothing(pharmacy: Pharmacy, seeded: Seeded) -> None:
    at = now()
    assert seeded.house is pharmacy.house
    set_ends(pharmacy, at)
    una = at_desk(pharmacy, UNA)
    key = una.get("/expiring", headers={"Accept": "application/json"}).json["lines"][0]["key"]
    bare = post(una, f"/expiring/{key}", words="ok")
    assert (bare.status_code, "Say what is done about it" in bare.text) == (422, True)
    assert post(una, f"/expiring/{key}", words="retraining on Friday").status_code == 303
    page = at_desk(pharmacy, ADA).get("/expiring").text
    assert "retraining on Friday" in page
    assert UNA.name in page
    assert "ENDED" in page
    assert post(una, "/expiring/0000000000000000", words="something").status_code == 404

    def renewed(conn):  # type: ignore[no-untyped-def]  # a transaction
        mine = (competency.c.person == ANN.id) & (competency.c.code == "GRAV")
        conn.execute(update(competency).where(mine).values(valid_until=at + timedelta(days=30)))

    pharmacy.house.store.write(renewed)
    assert "retraining on Friday" not in at_desk(pharmacy, ADA).get("/expiring").text


def test_r15_a_cabinet_out_of_service_leads_to_its_station(pharmacy: Pharmacy, seeded: Seeded) -> None:
    set_ends(pharmacy, now())
    seeded.house.store.write(
        lambda conn: cabinets.take_out(conn, "HOOD-1", "BSC-2", at=now(), who=LEE.id, why="filter broken")
    )
    found = [one for one in lines(pharmacy) if one[0] == "cabinet certificate"]
    assert [(one[1], one[2], one[4]) for one in found] == [("BSC-2, HOOD-1", True, "/stations/HOOD-1")]


def test_q45_a_technician_has_no_such_page(pharmacy: Pharmacy) -> None:
    assert at_desk(pharmacy, ANN).get("/expiring").status_code == 403
