"""Sender profiles as stored data: no unit that means another, tried before signed, two signatures, the version kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app import clock
from app.catalogue.hazards import Acting, Signer
from app.clock import now
from app.desk.profile_trial import Otherwise, on_messages
from app.interfaces import kept_profiles as kept
from app.interfaces.hl7 import read
from app.interfaces.kept_profiles import NotProfileError, Trial, versions
from app.interfaces.profile import Profile, ProfileError, profile_text, read_profile, shipped_names
from app.interfaces.profile_checks import load_checked, wrong_in
from app.interfaces.senders import Senders, senders_of
from app.interfaces.tables import message, read_by
from app.interfaces.tables import sender_profile as stored_profile
from app.record import canonical
from app.record.engine import Store
from app.record.place import place_of
from app.record.running import append_row
from app.record.verify import verify
from tests import pharmacy
from tests.interfaces.cases import FOLDER, PROFILE, S01
from tests.interfaces.test_telling import do, hospital, opened, pharmacy_of, said, told_at
from tests.pharmacy import Set
from workflows import commands as asked

TEXT = (FOLDER / "profile_oncehr.json").read_text("utf-8")
NAME = PROFILE.name


def changed(**tables: object) -> str:
    data = json.loads(TEXT)
    for name, value in tables.items():
        data[name] = {**data[name], **value} if isinstance(value, dict) else value
    return json.dumps(data)


def unit(ucum: str, dimension: str, factor: str) -> dict[str, str]:
    return {"ucum": ucum, "dimension": dimension, "factor": factor}


def test_i34_what_is_shipped_has_nothing_wrong_in_it() -> None:
    for name in shipped_names():
        assert wrong_in(profile_text(name)) == ()
    assert wrong_in(TEXT) == ()


@pytest.mark.parametrize(
    ("tables", "says"),
    [
        ({"units": {"mcg": unit("mg", "mass", "1")}}, "mcg is read as ug everywhere"),
        ({"units": {"MCG": unit("mg", "mass", "1")}}, "MCG is read as ug everywhere"),
        ({"units": {"mg": unit("mg", "mass", "10")}}, "its dimension is mass and its factor 1"),
        ({"units": {"g": unit("mg", "mass", "1")}}, "g is read as g everywhere"),
        ({"units": {"IU": unit("[iU]", "activity", "1")}}, "IU never gets a row"),
        ({"units": {"mg\u200b": unit("mg", "mass", "1")}}, "characters that nobody sees"),
        ({"units": {"MU": unit("[MU]", "activity", "1")}}, "which no order here is written in"),
        ({"rate_units": {"mL/min": "mL/min"}}, "mL/min must stand for mL/h"),
        ({"duration_units": {"h": "1"}}, "h is not 1 minutes"),
        ({"routes": {"IT": "IV"}}, "IT is a route itself"),
        ({"routes": {"X": "IVPB"}}, "X stands for IVPB"),
        ({"forms": {"INF": "sack"}}, "INF stands for sack"),
        ({"routes": {"R17": "IV"}}, "R17 names no route by itself"),
        ({"forms": {"SYR": "bag"}}, "SYR names a syringe and cannot stand for a bag"),
        ({"overfill": "sometimes"}, "overfill: sometimes is none of ask, never, included"),
        ({"label_id": "PID-3"}, "label_id: PID-3 is no field of ORC, RXE or RXO"),
        ({"fhir_strength": "final concentration"}, "fhir_strength is"),
        ({"base_roles": {"A": "drug"}}, "A is active or base"),
        ({"acknowledge": {"content": "AA"}}, "acknowledge.content is AE or AR"),
        ({"processing_id": "X"}, "processing_id is P, T or D"),
        ({"rate_units": ["mL/h"]}, "another shape"),
        ({"zone": "Nowhere/Land"}, "cannot be read"),
    ],
)
def test_i34_a_table_that_would_misread_is_never_kept(tables: dict[str, object], says: str) -> None:
    (found,) = wrong_in(changed(**tables))
    assert says in found


MASS = {"g": "1000", "mg": "1", "ug": "0.001"}


@pytest.mark.parametrize(
    ("spelling", "ucum"),
    [
        ("milligrams", "g"), ("mgs", "g"), ("micrograms", "mg"), ("Grammes", "mg"), ("kg", "mg"), ("ng", "mg"),
        ("mg/m2", "mg"), ("Units", "mg"), ("m g", "mg"), ("hundredweight", "g"),
    ],
)  # fmt: skip
def test_i34_a_unit_is_spelled_in_one_of_the_known_ways_and_means_what_they_mean(spelling: str, ucum: str) -> None:
    (found,) = wrong_in(changed(units={spelling: unit(ucum, "mass", MASS[ucum])}))
    assert spelling in found


@pytest.mark.parametrize(
    "tables",
    [
        {"duration_units": {"hours": "1"}},
        {"duration_units": {"minutes": "60"}},
        {"duration_units": {"sec": "1"}},
        {"duration_units": {"fortnight": "20160"}},
        {"rate_units": {"mL/min": "mL/h"}},
        {"rate_units": {"mg/h": "mL/h"}},
        {"routes": {"INTRATHECAL": "IV"}},
        {"routes": {"it": "IV"}},
        {"routes": {"intraocular": "IV"}},
        {"routes": {"72607000": "IV"}},
        {"routes": {"EP": "IV"}},
        {"routes": {"IV or IT": "IV"}},
    ],
)
def test_i34_a_time_a_rate_and_a_route_are_what_their_words_say(tables: dict[str, dict[str, str]]) -> None:
    (spelling,) = next(iter(tables.values()))
    (found,) = wrong_in(changed(**tables))
    assert spelling in found


def test_full_words_plurals_and_the_longer_names_of_a_route_may_stand_for_what_they_are() -> None:
    units = {word: unit("mg", "mass", "1") for word in ("milligrams", "mgs", "Milligram")}
    units |= {"micrograms": unit("ug", "mass", "0.001"), "\u00b5g": unit("ug", "mass", "0.001")}
    times = {"hours": "60", "hr": "60", "minutes": "1", "Min": "1", "day": "1440"}
    rates = dict.fromkeys(("mL/hour", "mL per hour", "cc/hr"), "mL/h")
    routes = {"Intravenous": "IV", "it": "IT", "intrathecal": "IT", "IVPB": "IV", "47625008": "IV", "CIVI": "IV"}
    assert wrong_in(changed(units=units, duration_units=times, rate_units=rates, routes=routes)) == ()


@pytest.mark.parametrize(
    ("tables", "says"),
    [
        ({"units": {"mcg": unit("mg", "mass", "1")}}, "units: mcg is read as ug everywhere"),
        ({"routes": {"R17": "IV"}}, "routes: R17 names no route by itself"),
        ({"forms": {"SYR": "bag"}}, "forms: SYR names a syringe"),
    ],
)
def test_i34_a_document_in_the_settings_is_held_to_the_same_tables_and_the_line_is_named(
    tmp_path: Path, tables: dict[str, dict[str, object]], says: str
) -> None:
    text = json.dumps(json.loads(changed(**tables)), indent=1)
    file = tmp_path / "ours.json"
    file.write_text(text)
    ((table, rows),) = tables.items()
    begins = text.splitlines().index(f' "{table}": {{')
    line = next(n for n, one in enumerate(text.splitlines(), 1) if n > begins and f'"{next(iter(rows))}": ' in one)
    with pytest.raises(ProfileError, match=re.escape(f"ours.json: line {line}: {says}")):
        load_checked(str(file))


def test_a_signed_version_that_the_program_does_not_stand_by_reads_nothing(tmp_path: Path) -> None:
    with pharmacy_of(tmp_path, PROFILE) as (rooms, intake, _):
        old = changed(routes={"R17": "IV"}, version=PROFILE.version + 1)
        said = {"name": NAME, "version": PROFILE.version + 1, "document": old, "signed_by": ["Pam Q.", "Ina F."]}
        row = {"name": NAME, "version": PROFILE.version + 1, "body": canonical.dump(said).decode()}
        profiles = intake.admitting([str(FOLDER / "profile_oncehr.json")])
        assert [one.version for one in profiles()] == [PROFILE.version]
        rooms.store.write(lambda conn: append_row(conn, stored_profile, {**row, "effective_from": now()}))
        assert profiles() == ()
        with rooms.store.reading() as conn:
            (version,) = versions(conn, NAME)
    assert "R17 names no route by itself" in version.faults[0]


@pytest.mark.parametrize(
    "pasted", [b"nonsense", b"MSH|^~\\&|", S01.replace(b"|970|", b"|970,0|"), S01[: S01.index(b"ORC|")]]
)
def test_what_gives_no_order_is_no_trial(pasted: bytes) -> None:
    found = on_messages(PROFILE, None, pasted, (), now())
    assert (found.pasted, found.real, found.empty) == (0, 0, 1)
    assert on_messages(PROFILE, None, S01, (), now()).pasted == 1


def test_the_senders_number_of_a_label_is_kept_with_the_order_where_the_profile_says_it_stands() -> None:
    raw = S01.replace(b"ORC|NW|ORD7700123^ONCEHR||", b"ORC|NW|ORD7700123^ONCEHR|LAB-77^ONCEHR|")
    assert raw != S01
    for where, wanted in (("ORC-3", "LAB-77"), ("ORC-3.2", "ONCEHR"), ("", ""), ("RXO-9", "")):
        (act,) = read(raw, [replace(PROFILE, label_id=where)]).orders
        assert act.order is not None
        assert act.order.received_text("label_id") == wanted


@pytest.mark.parametrize(
    ("said", "overfill", "blocks"), [("ask", "unknown", False), ("never", "none", False), ("included", "stated", True)]
)
def test_the_profile_says_whether_a_bases_volume_includes_the_overfill(said: str, overfill: str, blocks: bool) -> None:
    (act,) = read(S01, [replace(PROFILE, overfill=said)]).orders
    assert act.order is not None
    assert act.order.base is not None
    assert act.order.base.overfill == overfill
    assert ("OVERFILL_STATED" in {one.code for one in act.findings}) == blocks


def test_a_code_twice_is_a_guess() -> None:
    rows = json.loads(TEXT)["codes"]
    assert "stands twice" in wrong_in(changed(codes=[*rows, rows[0]]))[0]


def otherwise(content: bytes, counts: Profile | None, draft: Profile) -> tuple[Otherwise, ...]:
    return next((one.lines for one in on_messages(draft, counts, content, (), now()).differing), ())


def test_the_difference_names_each_field_that_is_read_otherwise() -> None:
    other = read_profile(changed(forms={"INF": "minibag"}))
    found = {one.field: (one.counts, one.draft) for one in otherwise(S01, PROFILE, other)}
    assert found == {"order 1 container": ("bag", "minibag")}
    assert otherwise(S01, PROFILE, PROFILE) == ()


def test_an_order_that_is_lost_is_said_once_with_the_reason() -> None:
    refused = replace(PROFILE, routes={})
    found = {one.field: (one.counts, one.draft) for one in otherwise(S01, PROFILE, refused)}
    assert list(found) == ["outcome", "refused ROUTE_UNKNOWN RXR-1", "order 1"]
    assert (found["outcome"], found["order 1"]) == (("accepted", "refused"), ("NW: cyclophosphamide 970 mg", ""))
    assert found["refused ROUTE_UNKNOWN RXR-1"][0] == ""


def test_of_a_new_sender_everything_that_is_read_is_listed() -> None:
    found = {one.field: one.draft for one in otherwise(S01, None, PROFILE)}
    assert (found["outcome"], found["order 1 dose"], found["order 1 base volume ml"]) == ("accepted", "970", "250")


def test_what_differs_of_the_patient_is_marked_so() -> None:
    other = replace(PROFILE, authority="ELSEWHERE", single_untyped_is_mrn=False)
    marked = {one.field for one in otherwise(S01, PROFILE, other) if one.identifying}
    assert marked >= {"patient mrn", "patient authority", "patient family"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[tuple[Store, Acting]]:
    with pharmacy_of(tmp_path, PROFILE) as (rooms, _, _):
        yield rooms.store, Acting(None, rooms.dispatcher.settings, "PAM00004", now())  # type: ignore[arg-type]  # each write brings its own


def acting(store: tuple[Store, Acting], work: object) -> object:
    made, act = store
    return made.write(lambda conn: work(replace(act, conn=conn)))  # type: ignore[operator]


def signer(person: str) -> Signer:
    return Signer(person, f"Name of {person}", "", now(), "interface book of 2026")


ROUTES = changed(routes={"IVPB": "IV"})


def keep(store: tuple[Store, Acting], document: str = ROUTES, days: int = 0) -> kept.Draft:
    day = (now().astimezone(store[1].settings.zone) + timedelta(days=days)).date()
    made = acting(store, lambda act: kept.keep(act, NAME, document, day, "a new route", PROFILE))
    assert isinstance(made, kept.Draft)
    return made


def sign(store: tuple[Store, Acting], over: str, person: str = "PAM00004", pharmacist: bool = True) -> object:
    return acting(store, lambda act: kept.sign(act, NAME, signer(person), over, pharmacist))


def trial(store: tuple[Store, Acting], over: str, messages: int = 1) -> None:
    acting(store, lambda act: kept.tried(act, NAME, over, Trial(now(), "PAM00004", messages, 0, 0)))


def counts(store: tuple[Store, Acting], at: object = None) -> Profile:
    with store[0].reading() as conn:
        found = Senders([PROFILE]).named(conn, NAME, at or now())  # type: ignore[arg-type]
    assert found is not None
    return found


def test_nothing_is_signed_untried_by_one_twice_or_without_a_pharmacist(store: tuple[Store, Acting]) -> None:
    draft = keep(store)
    with pytest.raises(NotProfileError, match="Try the draft on messages first"):
        sign(store, draft.digest)
    trial(store, draft.digest, messages=0)
    with pytest.raises(NotProfileError, match="Try the draft on messages first"):
        sign(store, draft.digest)
    trial(store, draft.digest)
    assert sign(store, draft.digest, "INA00010", pharmacist=False) is None
    with pytest.raises(NotProfileError, match="Somebody else signs"):
        sign(store, draft.digest, "INA00010")
    with pytest.raises(NotProfileError, match="One of the two who sign is a pharmacist"):
        sign(store, draft.digest, "INB00011", pharmacist=False)
    namesake = replace(signer("PAM00004"), name="name of ina00010")
    with pytest.raises(NotProfileError, match="same printed name"):
        acting(store, lambda act: kept.sign(act, NAME, namesake, draft.digest, True))
    with pytest.raises(NotProfileError, match="changed since"):
        sign(store, "0" * 64)
    assert counts(store) == PROFILE, "a draft reads nothing"
    made = sign(store, draft.digest)
    assert isinstance(made, kept.Version)
    assert (made.version, made.signed_by) == (PROFILE.version + 1, ("Name of INA00010", "Name of PAM00004"))
    assert (counts(store).routes.get("IVPB"), counts(store).version) == ("IV", PROFILE.version + 1)
    assert verify(place_of(store[1].settings), store[1].settings.photos).ok


def test_a_changed_draft_is_untried_and_unsigned(store: tuple[Store, Acting]) -> None:
    draft = keep(store)
    trial(store, draft.digest)
    sign(store, draft.digest)
    other = keep(store, changed(routes={"IVPUSH": "IV"}))
    assert (other.version, other.tried, other.signed) == (draft.version, None, ())
    with pytest.raises(NotProfileError, match="changed since"):
        sign(store, draft.digest, "QUI00005")


def test_a_version_begins_on_its_day_and_every_process_sees_it(store: tuple[Store, Acting]) -> None:
    senders = Senders([PROFILE])
    with store[0].reading() as conn:
        assert senders.at(conn, now()) == (PROFILE,)
    draft = keep(store, days=3)
    trial(store, draft.digest)
    for person in ("PAM00004", "QUI00005"):
        sign(store, draft.digest, person)
    with store[0].reading() as conn:
        found = [senders.at(conn, now() + timedelta(days=days))[0].version for days in (0, 2, 4)]
    assert found == [PROFILE.version, PROFILE.version, PROFILE.version + 1]
    with pytest.raises(NotProfileError, match="from that day or later"):
        keep(store, changed(routes={"IVPB": "IV", "IVPUSH": "IV"}))
    assert keep(store, changed(routes={"IVPB": "IV", "IVPUSH": "IV"}), days=3).version == PROFILE.version + 2


def test_the_same_document_again_is_no_new_version(store: tuple[Store, Acting]) -> None:
    draft = keep(store)
    with pytest.raises(NotProfileError, match="Nothing of it is different from the draft"):
        keep(store)
    trial(store, draft.digest)
    for person in ("PAM00004", "QUI00005"):
        sign(store, draft.digest, person)
    with pytest.raises(NotProfileError, match="Nothing of it is different from the newest version"):
        keep(store)


def test_a_message_keeps_the_version_it_was_read_by_and_the_next_is_read_by_the_new_one(tmp_path: Path) -> None:
    with pharmacy_of(tmp_path, PROFILE) as (rooms, intake, _):
        store = (rooms.store, Acting(None, rooms.dispatcher.settings, "PAM00004", now()))  # type: ignore[arg-type]
        by_ivpb = S01.replace(b"47625008^Intravenous", b"IVPB^Intravenous").replace(b"M000001", b"M000002")
        assert by_ivpb.count(b"IVPB") == 1
        profiles = intake.admitting([str(FOLDER / "profile_oncehr.json")])
        for raw in (S01, by_ivpb):
            intake.receive(read(raw, profiles()), at=now(), own_id=clock.new_id())
        draft = keep(store)
        trial(store, draft.digest)
        for person in ("PAM00004", "QUI00005"):
            sign(store, draft.digest, person)
        again = by_ivpb.replace(b"M000002", b"M000003").replace(b"ORD7700123", b"ORD7700124")
        intake.receive(read(again, profiles()), at=now(), own_id=clock.new_id())
        with rooms.store.reading() as conn:
            told = select(message.c.control_id, message.c.outcome, read_by.c.profile, read_by.c.version)
            found = [tuple(one) for one in conn.execute(told.join(read_by).order_by(message.c.seq))]
    first = PROFILE.version
    assert found == [
        ("M000001", "accepted", NAME, first),
        ("M000002", "content", NAME, first),
        ("M000003", "accepted", NAME, first + 1),
    ]


def test_a_profile_that_is_in_the_record_alone_may_be_named_by_the_settings(store: tuple[Store, Acting]) -> None:
    document = json.dumps({**json.loads(TEXT), "name": "newehr", "match": {"msh3": "NEW", "msh4": "HOSP"}})
    day = now().astimezone(store[1].settings.zone).date()
    draft = acting(store, lambda act: kept.keep(act, "newehr", document, day, "a new sender", None))
    assert isinstance(draft, kept.Draft)
    acting(store, lambda act: kept.tried(act, "newehr", draft.digest, Trial(now(), "PAM00004", 1, 0, 1)))
    for person in ("PAM00004", "QUI00005"):
        acting(store, lambda act, person=person: kept.sign(act, "newehr", signer(person), draft.digest, True))
    with store[0].reading() as conn:
        assert [one.msh3 for one in senders_of(["newehr"], conn).at(conn, now())] == ["NEW"]


def sign_unread(rooms: Set, document: str) -> None:
    """Put into the record a version that was signed under older tables than today's."""
    version = json.loads(document)["version"]
    said = {"name": NAME, "version": version, "document": document, "signed_by": ["Pam Q.", "Ina F."]}
    row = {"name": NAME, "version": version, "body": canonical.dump(said).decode(), "effective_from": now()}
    rooms.store.write(lambda conn: append_row(conn, stored_profile, row))


def test_what_becomes_of_orders_in_work_is_told_though_their_profile_reads_no_more(tmp_path: Path) -> None:
    with hospital() as far, pharmacy_of(tmp_path, told_at(far.port)) as (rooms, intake, courier):
        preparation = opened(rooms, intake, pharmacy.message(now()))
        to = {"host": "127.0.0.1", "port": far.port, "status": True, "dispense": True}
        sign_unread(rooms, changed(routes={"R17": "IV"}, version=PROFILE.version + 1, destinations=to))
        with rooms.store.reading() as conn:
            assert intake.teller.senders.at(conn, now()) == ()
            assert intake.teller.senders.unread(conn, now()) == (NAME,)
        pharmacy.sign(rooms, preparation, "verify", "order verified")
        do(rooms, preparation, asked.Claim())
        while courier.step():
            pass
        assert [said(one)[1:] for one in far.heard] == [("SC", "SC", "CONFIRMED"), ("SC", "IP", "STARTED")]
