"""Two sites share one record: each is served its own work, its own people, and a chain of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection

from app import create_app, preparations
from app.catalogue import recipes
from app.clock import now
from app.desk import opened
from app.desk import queue as queues
from app.people import accounts, actors, entry, history
from app.people.door import Refused
from app.people.history import Act
from app.people.secrets import CHEAP
from app.record import log, views
from app.record.engine import open_store
from app.record.place import place_of
from app.record.verify import verify
from app.serving import _refuse_others_stations
from app.settings import Settings, WrongSettings
from tests import pharmacy
from tests.people.cast import ADA, ANN, BO, PAM, QUIN, Member
from tests.pharmacy import Set
from tests.postgres.furnished import Furnished, rooms_of, settings_of
from tests.workflows.example import POLICY
from workflows import commands as asked

PAGE = {"Accept": "application/json"}
"""As a page asks that asks by itself."""


@dataclass
class Town:
    """MAIN, where a bag waits for its check, and EAST, over one record."""

    main: Set
    east: Set
    preparation: str

    def works_at(self, member: Member, *sites: str) -> None:
        def change(act: Act) -> None:
            accounts.change_sites(act, member.id, sites, why="as the plan of duties says")

        self.main.door.write(change, by=ADA.id, at=now())

    def at_desk(self, rooms: Set, member: Member) -> object:
        return entry.with_password(rooms.door, member.user, member.password, address="127.0.0.1", at=now())


@pytest.fixture
def town(tmp_path: Path, copied: Furnished) -> Iterator[Town]:
    with ExitStack() as stack:
        sets = []
        for site, station in (("MAIN", pharmacy.STATION), ("EAST", "EAST-1")):
            settings = settings_of(tmp_path / site, copied.database, copied.photos, station, site=site)
            store = open_store(settings)
            stack.callback(store.close)
            sets.append(rooms_of(store, settings))
        yield Town(sets[0], sets[1], copied.preparation)


def seen(rooms: Set, preparation: str) -> dict[str, bool]:
    """Where the pages of a site show this preparation."""
    site = rooms.dispatcher.settings.site
    with rooms.store.reading() as conn:
        candidates = queues.candidates(conn, site)
        return {
            "list": any(row.id == preparation for row in views.preparations(conn, site=site)),
            "queue": any(row.id == preparation for row in candidates),
            "record": opened.row_of(conn, site, preparation) is not None,
            "work": rooms.dispatcher.current(conn, preparation) is not None,
        }


def client(rooms: Set, member: Member) -> FlaskClient:
    """A browser at a desk of this site, signed in."""
    app = create_app(rooms.dispatcher.settings, store=rooms.store, cost=CHEAP)
    app.config["WTF_CSRF_ENABLED"] = False
    browser = app.test_client()
    answer = browser.post("/sign-in", data={"user": member.user, "password": member.password})
    assert answer.status_code in {200, 302}, answer.text
    return browser


def test_q46_each_site_is_shown_its_own_work_and_a_person_of_both_sees_it_at_each(town: Town) -> None:
    pharmacy.advance(town.main, town.preparation, "cabinet")
    pharmacy._ask(town.main, town.preparation, asked.Call("is this the right bag?"), ANN)
    assert set(seen(town.main, town.preparation).values()) == {True}
    assert set(seen(town.east, town.preparation).values()) == {False}
    town.works_at(PAM, "MAIN", "EAST")
    paths = (f"/review/{town.preparation}", f"/record/{town.preparation}", f"/record/{town.preparation}/bundle")
    for rooms, lines, status in ((town.main, 1, 200), (town.east, 0, 404)):
        browser = client(rooms, PAM)
        queue = browser.get("/review", headers={"Accept": "application/json"})
        assert len(queue.json["lines"]) == lines  # type: ignore[index]  # an object
        assert [browser.get(path).status_code for path in paths] == [status] * len(paths)
        assert (town.preparation in browser.get("/records").text) is (lines == 1)


def test_a_pharmacist_of_both_sites_is_told_what_waits_at_the_other_and_nobody_else_is(town: Town) -> None:
    pharmacy.advance(town.main, town.preparation, "cabinet")
    pharmacy._ask(town.main, town.preparation, asked.Call("is this the right bag?"), ANN)
    for sites, told in (((), True), (("EAST", "MAIN"), True), (("EAST",), False)):
        town.works_at(PAM, *sites)
        browser = client(town.east, PAM)
        polled = browser.get("/review/rows", headers=PAGE).json
        assert polled is not None
        assert polled["elsewhere"].startswith("Waiting elsewhere, to be opened there: 1 at MAIN since ") is told
        assert ("1 at MAIN since" in browser.get("/review").text) is told
        assert "Example, Marta" not in polled["elsewhere"]
    own = client(town.main, QUIN).get("/review/rows", headers=PAGE).json
    assert own is not None
    assert (own["waiting"], own["elsewhere"]) == (1, "")


def test_each_site_has_a_chain_of_its_own_without_a_gap(town: Town) -> None:
    at = now()

    def policy(conn: Connection) -> None:
        recipes.add_policy(conn, "EAST", POLICY, effective_from=at - timedelta(days=1))

    town.east.store.write(policy)
    there = pharmacy.verified_order(town.east, at, number="ORD7700456")
    pharmacy.advance(town.main, town.preparation, "cabinet")
    place = place_of(town.main.dispatcher.settings)
    assert verify(place, town.main.dispatcher.settings.photos, lists=preparations.view_faults).faults == ()
    with town.east.store.reading() as conn:
        for site, mine, other in (("MAIN", town.preparation, there), ("EAST", there, town.preparation)):
            events = log.since(conn, site, 0)
            assert [one.site_seq for one in events] == list(range(1, len(events) + 1))
            assert mine in {one.stream for one in events}
            assert other not in {one.stream for one in events}
    assert seen(town.main, there) == dict.fromkeys(("list", "queue", "record", "work"), False)


def test_a_person_of_one_site_is_told_at_the_other_and_locked_nowhere(town: Town) -> None:
    town.works_at(PAM, "MAIN")
    for _ in range(6):
        refused = town.at_desk(town.east, PAM)
        assert isinstance(refused, Refused)
        assert refused.says == "Pam Q. works at MAIN, and this is EAST. An administrator can add this site."
    assert isinstance(town.at_desk(town.main, PAM), entry.Entered)
    town.works_at(PAM, "EAST", "MAIN")
    assert isinstance(town.at_desk(town.east, PAM), entry.Entered)


def test_q37_a_cookie_of_one_site_opens_nothing_at_the_other_and_a_change_of_sites_ends_it(town: Town) -> None:
    town.works_at(PAM, "MAIN")
    entered = town.at_desk(town.main, PAM)
    assert isinstance(entered, entry.Entered)
    for rooms, status in ((town.main, 200), (town.east, 401)):
        browser = create_app(rooms.dispatcher.settings, store=rooms.store, cost=CHEAP).test_client()
        browser.set_cookie("vialtrace", entered.token)
        assert browser.get("/review/rows", headers=PAGE).status_code == status
    town.works_at(PAM)
    browser = create_app(town.main.dispatcher.settings, store=town.main.store, cost=CHEAP).test_client()
    browser.set_cookie("vialtrace", entered.token)
    assert browser.get("/review/rows", headers=PAGE).status_code == 401


def test_rights_and_licence_count_at_ones_own_sites_and_in_ones_own_states(town: Town) -> None:
    town.works_at(QUIN, "MAIN")
    wisconsin = town.east.dispatcher.settings.model_copy(update={"site_state": "WI"})
    with town.east.store.reading() as conn:
        pam, quin = (actors.actor(conn, one.id, wisconsin, now()) for one in (PAM, QUIN))
        there = actors.actor(conn, QUIN.id, town.main.dispatcher.settings, now())
    assert (pam.roles, pam.licence) == (frozenset({"pharmacist"}), PAM.licence)
    assert (quin.roles, quin.licence) == (frozenset(), "")
    assert (there.roles, there.licence) == (frozenset({"pharmacist"}), QUIN.licence)


def test_nobody_gives_themselves_a_site_and_every_change_is_kept(town: Town) -> None:
    with pytest.raises(accounts.NotDoneError, match="Nobody changes their own rights"):
        town.main.door.write(
            lambda act: accounts.change_sites(act, ADA.id, ["EAST"], why="I want to"), by=ADA.id, at=now()
        )
    with pytest.raises(accounts.NotDoneError, match="'east' is no code of a site"):
        town.works_at(BO, "east")
    town.works_at(BO, "MAIN", "EAST")
    with town.main.store.reading() as conn:
        last = history.of(conn, BO.id)[0]
    assert (last.what, last.data["old"], last.data["new"]) == ("sites_changed", [], ["EAST", "MAIN"])


def test_a_station_code_of_another_site_stops_the_start(town: Town) -> None:
    pharmacy.advance(town.main, town.preparation, "cabinet")
    east = town.east.dispatcher.settings
    _refuse_others_stations(town.east.store, east)
    theirs: Settings = east.model_copy(update={"stations": {pharmacy.STATION: pharmacy.station()}})
    with pytest.raises(WrongSettings, match="HOOD-1 stands at site MAIN of the same record"):
        _refuse_others_stations(town.east.store, theirs)
