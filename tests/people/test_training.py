"""What somebody was assessed in counts at its site (G11), for 12 months (G26), and comes to mind before its end (G18, G26)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert

from app.desk import training
from app.people import competencies
from app.people.accounts import NotDoneError
from app.people.actors import actor
from app.people.door import Door
from app.people.history import Act
from app.people.tables import competency
from app.settings import Settings
from tests.people.cast import ADA, ANN, LEE, START, UNA
from tests.workflows.example import POLICY
from workflows.circumstances import Actor

DAY = timedelta(days=1)


def elsewhere(door: Door) -> Settings:
    return door.settings.model_copy(update={"site": "NORTH"})


def ann(door: Door, settings: Settings | None = None) -> Actor:
    with door.store.reading() as conn:
        return actor(conn, ANN.id, settings or door.settings, START)


def certify(door: Door, code: str, *sites: str, days: int = 300, evidence: str = "") -> None:
    def work(act: Act) -> None:
        ends = {code: START + days * DAY}
        competencies.certify(act, ANN.id, ends, assessor=LEE.id, sites=sites, evidence=evidence)

    door.write(work, by=ADA.id, at=START)


def test_g11_a_competency_counts_at_its_sites_and_the_words_say_where(door: Door) -> None:
    certify(door, "IDS", "NORTH", "EAST")
    here, there = ann(door), ann(door, elsewhere(door))
    assert (here.holds("IDS", START), there.holds("IDS", START)) == (False, True)
    assert dict(here.wanting)["IDS"] == "IDS counts at EAST, not here, and counts at NORTH, not here."
    assert there.wanting == ()


def test_g11_one_of_before_sites_were_kept_counts_at_every_site_of_its_person(door: Door) -> None:
    row = {"person": ANN.id, "code": "IDS", "valid_until": START + DAY, "assessor": LEE.id, "assessed": START}
    door.store.write(lambda conn: conn.execute(insert(competency).values(**row)))
    assert ann(door).holds("IDS", START)
    assert ann(door, elsewhere(door)).holds("IDS", START)


def test_g11_another_site_s_assessment_neither_replaces_nor_lengthens_this_one_s(door: Door) -> None:
    certify(door, "IDS", door.settings.site, days=2)
    certify(door, "IDS", "NORTH", days=200)
    assert dict(ann(door).competencies)["IDS"] == START + 2 * DAY
    assert dict(ann(door, elsewhere(door)).competencies)["IDS"] == START + 200 * DAY


def test_g11_a_waiver_counts_where_it_was_given(door: Door) -> None:
    certify(door, "IDS", door.settings.site, "NORTH", days=-1)

    def waive(act: Act) -> None:
        competencies.waive(act, ANN.id, "IDS", lasts=timedelta(hours=4), reason="assessor is away today")

    door.write(waive, by=UNA.id, at=START)
    assert ann(door).holds("IDS", START)
    assert not ann(door, elsewhere(door)).holds("IDS", START)


def test_g11_what_is_no_site_is_refused(door: Door) -> None:
    with pytest.raises(NotDoneError, match="no code of a site"):
        certify(door, "IDS", "north wing")


def test_g26_no_assessment_is_good_for_more_than_12_months(door: Door) -> None:
    certify(door, "IDS", days=366)
    with pytest.raises(NotDoneError, match="at least every 12 months"):
        certify(door, "IDS", days=368)


@pytest.mark.parametrize(
    ("days", "says"),
    [
        (31, ""),
        (30, "Your competency ends: IDS in 30 days. Ask who assesses it here."),
        (0, "Your competency ended: IDS. Ask who assesses it here."),
        (-3, "Your competency ended: IDS. Ask who assesses it here."),
    ],
)
def test_g26_an_end_is_called_to_mind_from_so_many_days_before(door: Door, days: int, says: str) -> None:
    certify(door, "IDS", door.settings.site, days=days)
    certify(door, "MEDHX", "NORTH", days=1)
    with door.store.reading() as conn:
        ahead = door.settings.training_reminder
        assert training.reminder(conn, ANN.id, site=door.settings.site, at=START, ahead=ahead) == says


def test_g18_everybody_reads_what_each_lets_them_do_until_when_and_on_what_it_rests(door: Door) -> None:
    certify(door, "GRAV", door.settings.site, days=10, evidence="observed on 12 May, form 7")
    certify(door, "PUMP-CADD", "NORTH")
    with door.store.reading() as conn:
        held = training.held(
            conn,
            ANN.id,
            site=door.settings.site,
            policy=POLICY,
            known={LEE.id: LEE.name},
            at=START,
            ahead=30 * DAY,
        )
    told = {(one.code, one.where): one for one in held}
    grav, pump, calc = told["GRAV", door.settings.site], told["PUMP-CADD", "NORTH"], told["CALC", ""]
    assert (grav.lets, grav.says, grav.soon, grav.ended) == (
        "preparing hazardous drugs at the cabinet",
        "in 10 days",
        True,
        False,
    )
    assert (grav.assessor, grav.evidence) == (LEE.name, "observed on 12 May, form 7")
    assert (pump.lets, pump.here) == ("filling a cassette and setting its pump", False)
    assert calc.lets == "calculations of doses, volumes and weights"
    assert [one.here for one in held] == sorted((one.here for one in held), reverse=True)
