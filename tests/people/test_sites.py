"""Two sites share one record: each is served its own work, its own people, and a chain of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection, select

from app import create_app, preparations
from app.catalogue import recipes
from app.clock import now
from app.desk import opened
from app.desk import queue as queues
from app.desk.tables import access_log
from app.outbox_worker import LabelPrinter
from app.people import accounts, actors, entry, history
from app.people.door import Refused
from app.people.history import Act
from app.people.secrets import CHEAP
from app.record import acts, log, views
from app.record.engine import open_store
from app.record.place import place_of
from app.record.verify import verify
from app.serving import _refuse_others_stations
from app.settings import Settings, WrongSettings
from app.upkeep import changes
from tests import pharmacy
from tests.people.cast import ADA, ANN, BO, PAM, QUIN, Member
from tests.pharmacy import Set
from tests.postgres.furnished import Furnished, rooms_of, settings_of
from tests.web.desk import form_of
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

    def says_how_it_is_set(self, site: str, release: str = "", **otherwise: object) -> None:
        """A process of the site starts, and writes down how it is set."""
        rooms = self.main if site == "MAIN" else self.east
        settings = rooms.dispatcher.settings.model_copy(update=otherwise)
        told = {"settings": changes.shown(settings), "changed": [], "first": True, "node": "there"}
        told["release"] = release or settings.software
        rooms.store.write(
            lambda conn: acts.append(conn, settings, site, changes.SETTINGS, told, who="system", at=now())
        )

    def heads(self) -> dict[str, int]:
        """The number of each site's last event."""
        with self.main.store.reading() as conn:
            return {site: log.head_of(conn, site)[0] for site in log.sites(conn)}

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


def printer_of(rooms: Set) -> LabelPrinter:
    return LabelPrinter(rooms.dispatcher, rooms.blobs, now)


def client(rooms: Set, member: Member) -> FlaskClient:
    """A browser at a desk of this site, signed in."""
    app = create_app(rooms.dispatcher.settings, store=rooms.store, cost=CHEAP)
    app.config["WTF_CSRF_ENABLED"] = False
    browser = app.test_client()
    answer = browser.post("/sign-in", data={"user": member.user, "password": member.password})
    assert answer.status_code in {200, 302}, answer.text
    return browser


def waits_at_main(town: Town) -> None:
    pharmacy.advance(town.main, town.preparation, "cabinet")
    pharmacy._ask(town.main, town.preparation, asked.Call("is this the right bag?"), ANN)


def test_q46_each_site_is_shown_its_own_work_and_who_works_elsewhere_is_shown_nothing(town: Town) -> None:
    waits_at_main(town)
    town.says_how_it_is_set("MAIN")
    assert set(seen(town.main, town.preparation).values()) == {True}
    assert set(seen(town.east, town.preparation).values()) == {False}
    town.works_at(PAM, "EAST")
    browser = client(town.east, PAM)
    assert browser.get("/review", headers=PAGE).json["lines"] == []  # type: ignore[index]  # an object
    photo = "0" * 64
    for tail in (f"review/{town.preparation}", f"review/{town.preparation}/state", f"record/{town.preparation}"):
        assert browser.get(f"/{tail}").status_code == 404, tail
    assert browser.get(f"/record/{town.preparation}/photo/{photo}/thumb").status_code == 404
    assert browser.post(f"/review/{town.preparation}/claim").status_code == 404
    assert town.preparation not in browser.get("/records").text


def test_a_pharmacist_of_both_sees_one_queue_wherever_they_are_and_records_stay_at_their_site(town: Town) -> None:
    waits_at_main(town)
    town.says_how_it_is_set("MAIN")
    town.works_at(PAM, "MAIN", "EAST")
    browser = client(town.east, PAM)
    page = browser.get("/review")
    assert '<span class="chip">MAIN</span>' in page.text
    (line,) = browser.get("/review", headers=PAGE).json["lines"]  # type: ignore[index]  # an object
    assert (line["waiting"]["preparation"], line["waiting"]["site"]) == (town.preparation, "MAIN")
    assert browser.get("/review/rows", headers=PAGE).json["elsewhere"] == ""  # type: ignore[index]  # an object
    review = browser.get(f"/review/{town.preparation}").text
    assert "MADE AT MAIN" in review
    assert "every event: at MAIN" in review
    for tail in ("", "/bundle", "/pdf"):
        assert browser.get(f"/record/{town.preparation}{tail}").status_code == 404
    with town.east.store.reading() as conn:
        noted = {(one.site, one.what) for one in conn.execute(select(access_log).where(access_log.c.who == PAM.id))}
    assert noted == {("MAIN", "queue"), ("MAIN", "review")}


def test_q25_a_bag_made_at_one_site_is_released_from_the_other_into_its_own_chain(town: Town) -> None:
    pharmacy.advance(town.main, town.preparation, "approve", printer=printer_of(town.main))
    town.says_how_it_is_set("MAIN")
    heads = town.heads()
    browser = client(town.east, PAM)
    form = form_of(browser.get(f"/review/{town.preparation}").text, f"/review/{town.preparation}/sign")
    p = pharmacy.current(town.main, town.preparation)
    seen_all = {"user": PAM.user, "password": PAM.password, "seen": [one.sha256 for one in p.photos()]}
    assert browser.get(f"/record/{town.preparation}/photo/{p.photos()[0].sha256}/original").status_code != 404
    answer = browser.post(f"/review/{town.preparation}/sign", data={**form, **seen_all})
    assert answer.status_code == 303, answer.text
    after = pharmacy.current(town.main, town.preparation)
    assert after.entries["approve"].who == PAM.id
    now_at = town.heads()
    assert (now_at["MAIN"] > heads["MAIN"], now_at.get("EAST", 0)) == (True, heads.get("EAST", 0))
    place = place_of(town.main.dispatcher.settings)
    assert verify(place, town.main.dispatcher.settings.photos, lists=preparations.view_faults).faults == ()


def test_q27_the_licence_and_the_signature_are_those_of_the_site_where_it_is_made(town: Town) -> None:
    pharmacy.advance(town.main, town.preparation, "approve", printer=printer_of(town.main))
    town.says_how_it_is_set("MAIN", site_state="WI", release_signature="passkey")
    quin, pam = client(town.east, QUIN), client(town.east, PAM)
    assert "covers IL, not WI" in quin.get(f"/review/{town.preparation}").text
    page = pam.get(f"/review/{town.preparation}").text
    assert "covers IL" not in page
    assert "Sign by passkey: approved for release" in page
    town.says_how_it_is_set("MAIN", site_state="WI")
    form = form_of(pam.get(f"/review/{town.preparation}").text, f"/review/{town.preparation}/sign")
    p = pharmacy.current(town.main, town.preparation)
    given = {**form, "user": QUIN.user, "password": QUIN.password, "seen": [one.sha256 for one in p.photos()]}
    refused = quin.post(f"/review/{town.preparation}/sign", data=given)
    assert (refused.status_code, "covers IL, not WI" in refused.text) == (422, True)
    assert "approve" not in pharmacy.current(town.main, town.preparation).entries


def test_pictures_that_cannot_be_read_at_this_process_leave_the_signing_to_the_site(town: Town, tmp_path: Path) -> None:
    pharmacy.advance(town.main, town.preparation, "approve", printer=printer_of(town.main))
    town.says_how_it_is_set("MAIN")
    town.east.dispatcher.settings = town.east.dispatcher.settings.model_copy(
        update={"photos_url": str(tmp_path / "own")}
    )
    browser = client(town.east, PAM)
    page = browser.get(f"/review/{town.preparation}").text
    assert "cannot be read here: sign at MAIN, or give both the same photos_url." in page
    form = {**form_of(page, f"/review/{town.preparation}/sign"), "user": PAM.user, "password": PAM.password}
    p = pharmacy.current(town.main, town.preparation)
    refused = browser.post(
        f"/review/{town.preparation}/sign", data={**form, "seen": [one.sha256 for one in p.photos()]}
    )
    assert (refused.status_code, "cannot be read here" in refused.text) == (409, True)
    assert "approve" not in pharmacy.current(town.main, town.preparation).entries


def test_a_site_that_never_said_how_it_is_set_or_runs_another_release_is_opened_there_alone(town: Town) -> None:
    waits_at_main(town)
    for release, why in (
        ("", "its server was never started"),
        ("vialtrace 9.9", "it runs vialtrace 9.9, this is vialtrace"),
    ):
        if release:
            town.says_how_it_is_set("MAIN", release=release)
        for sites, told in (((), True), (("EAST", "MAIN"), True), (("EAST",), False)):
            town.works_at(PAM, *sites)
            browser = client(town.east, PAM)
            polled = browser.get("/review/rows", headers=PAGE).json
            assert polled is not None
            assert polled["elsewhere"].startswith("Waiting elsewhere, to be opened there: 1 at MAIN since ") is told
            assert (why in polled["elsewhere"]) is told
            assert ("1 at MAIN since" in browser.get("/review").text) is told
            assert "Example, Marta" not in polled["elsewhere"]
            assert browser.get(f"/review/{town.preparation}").status_code == 404
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
