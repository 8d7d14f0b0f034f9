"""One vial, two patients, through the dispatcher: made, kept, scanned again, billed once, and on paper (R32, R58, R60)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from sqlalchemy import Connection, select

from app.catalogue import identify
from app.catalogue.billing import shared
from app.desk.opened import load as opened_up
from app.desk.patients import NOBODY
from app.export.cases import case_of
from app.export.pseudonyms import Pseudonyms
from app.export.tables import TABLES
from app.export.wanted import Rows
from app.preparations import view_faults, workflow_of
from app.record import log, views
from app.stations import open_vials, places, register
from app.stations.opened_on_paper import not_on_paper
from app.stations.tables import equipment_event
from app.web.station import panels
from labels import codes
from tests.people.cast import PAM
from tests.web.bench import PRINTER, Making, Seeded
from tests.web.conftest import Pharmacy
from tests.web.test_downtime import enter
from tests.workflows.example import BAG, CABINET, DILUENT, POLICY, RECIPE, device, scan, vial, weigh
from workflows import billing
from workflows import commands as asked
from workflows.evidence import Confirmation, Container, LabelCode, PaperLine, Sheet
from workflows.gates import waiting
from workflows.preparation import Preparation
from workflows.sharing import LOOKS_RIGHT

LABEL = "ABCD1234"
FIRST = {"|970|": "|400|", "600|mg/m2": "246.9|mg/m2", "|597|": "|540|"}
SECOND = {"|970|": "|90|", "600|mg/m2": "55.6|mg/m2", "|597|": "|509|"}
"""The demo's order for another dose: mg, mg/m² and mL/h that agree."""


@pytest.fixture
def seeded(pharmacy: Pharmacy) -> Seeded:
    recipe = replace(RECIPE, may_be_shared=True, final_min_mg_ml=None, opened_h=D(12))
    return Seeded(
        pharmacy.house, recipe=recipe, policy=replace(POLICY, share_vials=True, weigh_vials=True, photos=("final",))
    )


def staged(made: Making, *goods: Container) -> Making:
    made.do(scan(replace(CABINET, certified_until=made.at.replace(year=2099), decontaminated=True)))
    for item in made.p.policy.ppe:
        made.do(Confirmation(item))
    for found in (*goods, replace(BAG, unit=f"D/{made.id}")):
        made.do(scan(found))
    return made


def drawn(made: Making, full: str, bag: str, after: str = "34.99") -> Making:
    for grams in ("18.42", full, after, "287.60", bag):
        made.do(weigh(grams, made.at))
    made.do(made.label("final"), PRINTER)
    made.do(scan(LabelCode("final", made.id, 1, made.id, False)))
    made.do(made.shoot("final"))
    made.do(made.sign("approved for release"), PAM)
    return made.release()


def first(seeded: Seeded) -> Making:
    """400 mg out of 500 mg; the vial is weighed out, labelled, and kept with its label on."""
    made = seeded.begin("DEMO1001", **FIRST).until_claimed()
    staged(made, vial("A"), replace(DILUENT, unit="N1"))
    for part in made.p.plan.devices:
        made.do(scan(device(part, part)))
    for grams in ("30.11", "55.17"):
        made.do(weigh(grams, made.at))
    made.do(Confirmation("dissolved and clear"))
    drawn(made, "38.60", "307.78")
    assert made.ask(asked.Keep(scan(vial("A")), weigh("34.99", made.at), LABEL)).kind == "accepted"
    assert made.ask(asked.Keep(scan(kept(seeded)), weigh("35.30", made.at), "")).kind == "accepted"
    made.do(Confirmation("leftovers discarded"))
    return made


def kept(seeded: Seeded) -> Container:
    with seeded.house.store.reading() as conn:
        found = identify.by_unit(conn, LABEL)
    assert isinstance(found, Container)
    return found


def begun(seeded: Seeded, placer: str, at: Any) -> Making:
    made = seeded.begin(placer, **SECOND)
    made.at = at
    return made.until_claimed()


def second(seeded: Seeded, at: Any) -> Making:
    """90 mg out of the 100 mg that are left."""
    made = staged(begun(seeded, "DEMO1002", at), kept(seeded))
    for part in ("syringe connector", "bag adaptor"):
        made.do(scan(device(part, f"{part} 2")))
    made.do(Confirmation(LOOKS_RIGHT))
    made.do(weigh("35.30", made.at))
    return drawn(made, "22.96", "292.14", "30.76")


def ingredients(seeded: Seeded, made: Making) -> list[dict[str, Any]]:
    return exported(seeded, made, "ingredients")


def exported(seeded: Seeded, made: Making, rows_of: Rows) -> list[dict[str, Any]]:
    table = TABLES[rows_of]
    with seeded.house.store.reading() as conn:
        opened = opened_up(conn, seeded.house.settings.site, made.id, lambda _: NOBODY, {})
        assert opened is not None
        rows = table.rows(case_of(conn, opened, "named", Pseudonyms(b"")))
        return [dict(zip([one.name for one in table.columns], row.cells, strict=True)) for row in rows]


def test_r32_the_table_of_weighings_has_those_of_a_vial_that_is_kept(seeded: Seeded) -> None:
    mother = first(seeded)
    rows = [row for row in exported(seeded, mother, "weighings") if row["slot"].startswith("vial-")]
    assert [(row["slot"], row["g"], row["verdict"]) for row in rows] == [
        ("vial-after:1", D("34.99"), "accepted"),
        ("vial-set-apart:1", D("34.99"), "accepted"),
        ("vial-kept:1", D("35.30"), "accepted"),
    ]


def test_r32_one_vial_serves_two_patients_and_every_mg_is_told_once(seeded: Seeded) -> None:
    mother = first(seeded)
    daughter = second(seeded, mother.at)
    daughter.do(Confirmation("leftovers discarded"))
    closed = [made.p for made in (mother, daughter)]
    assert [(p.outcome, p.closed) for p in closed] == [("released", True), ("released", True)]
    with seeded.house.store.reading() as conn:
        (one,) = open_vials.past(conn, seeded.house.settings.site, daughter.at)
        assert (one.gone, one.over) == (f"it is used for preparation {daughter.id}", True)
        assert [shared(conn, p) for p in closed] == [billing.SHARED, billing.SHARED]
        assert list(view_faults(conn, [mother.id, daughter.id])) == []
    rows = {
        made.id: [row for row in ingredients(seeded, made) if row["slot"] == "vial:1"] for made in (mother, daughter)
    }
    (brought,) = rows[mother.id]
    assert (brought["in_it_mg"], brought["kept_label"], brought["kept_mg"]) == (D(500), LABEL, D(100))
    assert brought["kept_then"] == f"used for {daughter.id}"
    vial_row, diluent, adaptor = rows[daughter.id]
    assert (vial_row["in_it_mg"], vial_row["fate"], vial_row["kept_label"]) == (D(100), "used, rest wasted", "")
    assert [(one["as"], one["lot"], one["fate"]) for one in (diluent, adaptor)] == [
        ("diluent", "N1", "in or on the opened vial"),
        ("device", "C77", "in or on the opened vial"),
    ]


def test_r32_one_open_vial_is_taken_by_the_first_who_scans_it(seeded: Seeded) -> None:
    mother = first(seeded)
    ann = staged(begun(seeded, "DEMO1002", mother.at), kept(seeded))
    with seeded.house.store.reading() as conn:
        assert views.user_of(conn, f"U/{LABEL}") == ann.id
        (one,) = open_vials.past(conn, seeded.house.settings.site, ann.at)
    assert one.over
    other = seeded.begin("DEMO1003", **SECOND)
    other.at = ann.at
    other.do(other.sign("order verified"), PAM)
    claimed = other.ask(asked.Claim())
    assert (claimed.kind, ann.id in claimed.says) == ("refused", True)  # one cabinet, one preparation


def test_r32_what_was_brought_into_a_dose_that_is_stopped_is_stock_no_more(seeded: Seeded) -> None:
    mother = first(seeded)
    made = staged(begun(seeded, "DEMO1002", mother.at), kept(seeded))
    assert made.ask(asked.Abort("other", "")).kind == "accepted"
    shown = panels.picture(made.p, waiting(workflow_of(made.p), made.p)[0]).lines
    assert f"opened vial {LABEL}: into the bin too, it does not go back" in shown
    made.do(Confirmation("leftovers discarded"))
    with seeded.house.store.reading() as conn:
        (one,) = open_vials.past(conn, seeded.house.settings.site, made.at)
        assert list(view_faults(conn, [mother.id, made.id])) == []
    assert one.gone == f"it is used for preparation {made.id}"


def test_r32_where_its_vials_were_opened_stands_in_the_cabinets_own_history(seeded: Seeded) -> None:
    mother = first(seeded)
    known = kept(seeded).opened
    assert known is not None
    with seeded.house.store.reading() as conn:
        lines = conn.execute(select(equipment_event).where(equipment_event.c.what == "vials opened")).all()
        kinds = [one.kind for one in log.load(conn, mother.id)]
    assert [line.seq for line in lines] == [known.history]
    assert kinds[-4:] == ["vial_set_apart", "vial_kept", "accepted", "closed"]


def test_r60_an_opened_vial_that_a_downtime_sheet_names_is_stock_no_more(seeded: Seeded, pharmacy: Pharmacy) -> None:
    mother, sheets = first(seeded), []
    for placer in ("DEMO1002", "DEMO1003"):
        made = seeded.begin(placer, **SECOND)
        made.at = mother.at
        made.do(made.sign("order verified"), PAM)
        begun_at, ends_at = (
            f"{(mother.at + after).astimezone(pharmacy.house.settings.zone):%Y-%m-%d %H:%M}"
            for after in (timedelta(), timedelta(hours=6))
        )
        went_in = {"what": ["the opened vial"], "lot": ["AB123"], "bottle": [codes.make("U", LABEL)]}
        answer = enter(pharmacy, made, made_at=begun_at, beyond_use=ends_at, **went_in)
        sheets.append((made.id, answer))
    (one, first_answer), (_, second_answer) = sheets
    assert first_answer.status_code == 303, first_answer.text
    assert (second_answer.status_code, f"is used for preparation {one} already" in second_answer.text) == (422, True)
    with seeded.house.store.reading() as conn:
        (stock,) = open_vials.past(conn, seeded.house.settings.site, mother.at)
        assert stock.gone == f"it is used for preparation {one}"
        assert shared(conn, mother.p) == billing.SHARED


def test_r60_a_dose_on_paper_ends_what_stands_open_and_names_only_a_vial_that_can_have_gone_in(
    seeded: Seeded, pharmacy: Pharmacy
) -> None:
    mother = first(seeded)
    made = seeded.begin("DEMO1002", **SECOND)
    made.at = mother.at
    made.do(made.sign("order verified"), PAM)
    known, p, made_at = kept(seeded).opened, made.p, mother.at
    assert known is not None
    line = PaperLine("it", "L", f"U/{LABEL}")
    sheet = Sheet("power", "Ann", "Bo", made_at, known.until, D(90), (line,), (), "")
    water = replace(p.recipe.reconstitution, diluent="water for injection")  # type: ignore[type-var]  # a powder
    tried = (
        (p, known.until, "its in-use limit had passed when the dose was made"),
        (with_recipe(p, drug="docetaxel"), made_at, "it is cyclophosphamide"),
        (with_recipe(p, routes=("IT",)), made_at, "an intrathecal dose has vials of its own"),
        (with_recipe(p, opened_h=D("0.01")), made_at, "cyclophosphamide-20-bag had let it serve no longer"),
        (with_recipe(p, reconstitution=water), made_at, "sodium chloride 0.9 %; this recipe takes water for injection"),
        (replace(p, order=replace(p.order, protocol="NCT01234567")), made_at, "nothing of a clinical trial is shared"),
        (p, known.punctured_at - timedelta(minutes=1), "it was opened only after the dose was made"),
        (p, made_at, ""),
    )
    with seeded.house.store.reading() as conn:
        for of, at, why in tried:
            said = not_on_paper(conn, "MAIN", made.id, of, replace(sheet, made_at=at))
            assert said.endswith(why) if why else not said, (said, why)
    answer = enter(pharmacy, made)  # another dose, of a vial of its own, nobody knows in which cabinet
    assert answer.status_code == 303, answer.text
    with seeded.house.store.reading() as conn:
        (one,) = open_vials.stock(conn, seeded.house.settings.site, mother.at)
    assert "a dose was made on paper meanwhile" in one.gone


def with_recipe(p: Preparation, **changes: Any) -> Preparation:
    return replace(p, master=replace(p.recipe, **changes))


def test_r60_what_was_done_after_a_dose_on_paper_says_nothing_of_the_vial_it_took(seeded: Seeded) -> None:
    """In whatever order sheets come in: thrown away and cleaned after it was used, it had been used; before, it had not."""
    mother = first(seeded)
    made, settings = begun(seeded, "DEMO1002", mother.at), seeded.house.settings
    later = mother.at + timedelta(minutes=30)
    line = PaperLine("it", "L", f"U/{LABEL}")
    sheet = Sheet("power", "Ann", "Bo", mother.at, later, D(90), (line,), (), "")

    def over(conn: Connection) -> None:
        places.keep_doubt(conn, ("BSC-2",), places.ON_PAPER, at=later, who="pam", told="P-9")
        register.record_decontamination(conn, "BSC-2", ("wiped",), at=later, who="ann")
        open_vials.discard(conn, settings, LABEL, "its use was over", who="ann", at=later)

    seeded.house.store.write(over)
    with seeded.house.store.reading() as conn:
        assert not_on_paper(conn, "MAIN", made.id, made.p, sheet) == ""
        said = not_on_paper(conn, "MAIN", made.id, made.p, replace(sheet, made_at=later))
    assert "thrown away by then" in said
    seeded.house.store.write(lambda conn: views.keep_used(conn, made.id, frozenset({f"U/{LABEL}"})))
    with seeded.house.store.reading() as conn:
        days = open_vials.discarded(conn, settings.site, later - timedelta(days=1), later + timedelta(days=1))
    assert days == ()  # what a dose was made of is no waste of the vial that was kept
