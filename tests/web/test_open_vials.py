"""Opened vials as stock: kept by the dispatcher, printed, found by their label, thrown away once, billed once (R32, R58)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import orjson
import pytest
from sqlalchemy import insert, select, update

from app import clock, labelling
from app.catalogue import identify
from app.catalogue.billing import shared
from app.catalogue.tables import package, recall
from app.desk.happenings import Span
from app.desk.wasted import wasted
from app.outbox_worker import LabelPrinter
from app.preparations import rebuild, view_faults, workflow_of
from app.record import codec, log, ordertext, outbox, views
from app.record.tables import open_vial
from app.stations import incidents, open_vials, register
from labels import LANGUAGES, Label
from tests.people.cast import ANN, PAM, UNA
from tests.web.bench import Making, Seeded
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk, post
from tests.workflows.example import CABINET, POLICY, RECIPE, scan, vial, weigh
from workflows import billing
from workflows import commands as asked
from workflows.evidence import Confirmation, Container, OtherCode
from workflows.order import PatientText
from workflows.spills import Spill

LABEL = "ABCD1234"
SHARED: dict[str, Any] = {"may_be_shared": True, "opened_h": D(12)}
"""What a recipe says whose vials are shared."""
SHARES: dict[str, Any] = {"share_vials": True, "weigh_vials": True}
"""What a site policy says that shares vials."""


@pytest.fixture
def seeded(pharmacy: Pharmacy) -> Seeded:
    """A site that shares vials, and a recipe that lets its own be shared."""
    return Seeded(pharmacy.house, recipe=replace(RECIPE, **SHARED), policy=replace(POLICY, **SHARES))


def released(seeded: Seeded, placer: str = "DEMO1001") -> Making:
    made = seeded.begin(placer).until_check()
    made.do(made.sign("approved for release"), PAM)
    return made.release()


def keeping(made: Making, grams: str = "30.62") -> asked.Keep:
    """Vial A gave syringe 1 its 24.55 g: 1.01 g are left in it."""
    return asked.Keep(scan(vial(f"A/{made.id}")), weigh(grams, made.at), LABEL)


def set_apart(seeded: Seeded) -> Making:
    made = released(seeded)
    outcome = made.ask(keeping(made))
    assert outcome.kind == "accepted", outcome
    return made


def kept(seeded: Seeded) -> Making:
    """Weighed out, labelled, and weighed once more with the label on: 0.31 g."""
    made = set_apart(seeded)
    outcome = made.ask(asked.Keep(scan(found(seeded)), weigh("30.93", made.at), ""))
    assert outcome.kind == "accepted", outcome
    return made


def found(seeded: Seeded) -> Container:
    with seeded.house.store.reading() as conn:
        vial_now = identify.by_unit(conn, LABEL)
    assert isinstance(vial_now, Container)
    return vial_now


def second(seeded: Seeded) -> Making:
    made = seeded.begin("DEMO1002").until_claimed()
    made.at += timedelta(minutes=1)
    made.do(scan(replace(CABINET, certified_until=made.at + timedelta(days=90), decontaminated=True)))
    for item in made.p.policy.ppe:
        made.do(Confirmation(item))
    return made


def test_r32_a_kept_vial_is_found_by_its_label_and_its_label_prints(seeded: Seeded) -> None:
    made = kept(seeded)
    vial_now = found(seeded)
    assert (vial_now.unit, vial_now.lot, vial_now.opened.left_ml) == (f"U/{LABEL}", "AB123", D("1.000"))  # type: ignore[union-attr]
    with seeded.house.store.reading() as conn:
        rows = [one for one in outbox.unfinished(conn) if one.payload["kind"] == "unit"]
    assert [(one.payload["label"], one.payload["preparation"]) for one in rows] == [(LABEL, made.id)]
    printer = LabelPrinter(seeded.house.dispatcher, seeded.house.blobs, lambda: made.at + timedelta(minutes=2))
    scripted = [1, 2]  # the rows of the labels that the script reported itself: they get stuck before it
    for _ in (*scripted, LABEL):
        while printer.step():
            pass
        seeded.house.store.write(lambda conn: [outbox.dismiss(conn, id, says="scripted") for id in scripted])
    with seeded.house.store.reading() as conn:
        assert [one for one in outbox.unfinished(conn) if one.payload["kind"] == "unit"] == []
    folder = seeded.house.settings.data_dir / seeded.house.settings.stations["HOOD-1"].printer.folder
    assert [one.name for one in folder.glob("unit-*")] == [f"unit-{LABEL}-1.pdf"]


def test_l3_labels_say_what_kills_by_what_the_recipe_says_and_not_by_how_the_drug_is_spelled(seeded: Seeded) -> None:
    made = kept(seeded)
    p = replace(made.p, master=replace(made.p.recipe, vinca=True))
    settings, copy = seeded.house.settings, {"label_id": LABEL, "copy": 1}
    with seeded.house.store.reading() as conn:
        text = ordertext.get(conn, p.patient, p.patient_digest)
    assert isinstance(text, ordertext.OrderText)
    patient = codec.decode(PatientText, text.fields)
    for language in LANGUAGES:
        drawn: list[Label] = [
            labelling.unit_of(p, settings, LABEL, language),
            labelling.in_process(p, workflow_of(p), patient, settings, language=language, **copy),  # type: ignore[arg-type]  # a table of plain values
            labelling.final(p, patient, settings, by="Ann", language=language, **copy),  # type: ignore[arg-type]  # as above
        ]
        assert [one.vinca for one in drawn] == [True, True, True]  # type: ignore[attr-defined]  # each goes into a vein


def test_r19_a_kept_vial_is_recalled_by_its_own_package_code(seeded: Seeded) -> None:
    made = kept(seeded)
    row = {"gtin14": vial("A").gtin14, "lot": "ab123", "reference": "recall 7/2026", "at": made.at, "who": "lee"}
    assert found(seeded).recalled == ""
    seeded.house.store.write(lambda conn: conn.execute(insert(recall), row))
    assert found(seeded).recalled == "recall 7/2026"


def test_r32_the_stock_is_a_view_of_the_record(seeded: Seeded) -> None:
    made = kept(seeded)
    made.do(Confirmation("leftovers discarded"))

    def anew(conn: Any) -> list[Any]:
        before = conn.execute(select(open_vial)).all()
        rebuild(conn)
        assert list(view_faults(conn, [made.id])) == []
        assert conn.execute(select(open_vial)).all() == before
        views.keep_open_vials(conn, made.id, ())
        return [says for _, says in view_faults(conn, [made.id])]

    assert seeded.house.store.write(anew) == ["its opened vials that were kept are not those of the log"]


def test_r32_what_is_no_stock_any_more_is_judged_where_it_is_recorded(seeded: Seeded, pharmacy: Pharmacy) -> None:
    kept(seeded).do(Confirmation("leftovers discarded"))
    scanned = found(seeded)  # read before it is thrown away: the reading is older than the truth
    made = second(seeded)
    assert "TOO_LITTLE_LEFT" in {one.code for one in made.ask(asked.Submit("", scan(scanned))).findings}
    ann = at_desk(pharmacy, ANN)
    assert LABEL in ann.get("/open-vials").text
    assert post(ann, f"/open-vials/{LABEL}/discard", why="not needed").status_code == 303
    made.at = clock.now()
    assert made.ask(asked.ChangeGloves(gown=True)).kind == "accepted"
    late = made.ask(asked.Submit("", scan(scanned)))
    assert late.code == "NO_STOCK"
    assert "thrown away" in late.says
    again = post(ann, f"/open-vials/{LABEL}/discard", why="not needed")
    assert again.status_code == 422
    assert "no stock any more" in again.text


def test_r32_a_cabinet_that_was_cleaned_ends_what_was_opened_in_it(seeded: Seeded) -> None:
    made = kept(seeded)
    made.do(Confirmation("leftovers discarded"))
    store, site = seeded.house.store, seeded.house.settings.site
    with store.reading() as conn:
        assert [one.gone for one in open_vials.stock(conn, site, made.at)] == [""]
    store.write(lambda conn: register.record_decontamination(conn, "BSC-2", ("wiped",), at=made.at, who="ann"))
    with store.reading() as conn:
        (one,) = open_vials.stock(conn, site, made.at + timedelta(minutes=1))
    assert "it was cleaned" in one.gone
    assert not one.over


def test_r32_nothing_is_kept_after_the_cabinet_was_cleaned(seeded: Seeded) -> None:
    made = released(seeded)
    seeded.house.store.write(
        lambda conn: register.record_decontamination(conn, "BSC-2", ("wiped",), at=made.at, who="ann")
    )
    assert made.ask(keeping(made)).code == "CABINET_BROKEN"


def test_r31_what_is_past_its_limit_is_to_be_discarded(seeded: Seeded, pharmacy: Pharmacy) -> None:
    kept(seeded)
    site = seeded.house.settings.site
    with seeded.house.store.reading() as conn:
        (one,) = open_vials.stock(conn, site, found(seeded).opened.until)  # type: ignore[union-attr]
    assert one.gone == "its in-use limit has passed"
    assert post(at_desk(pharmacy, UNA), f"/open-vials/{LABEL}/discard", why="not needed").status_code == 403


def test_r58_jw_waits_for_a_kept_vial_and_is_billed_once(seeded: Seeded) -> None:
    made = kept(seeded)
    made.do(Confirmation("leftovers discarded"))

    def billed() -> str:
        with seeded.house.store.reading() as conn:
            return shared(conn, made.p)

    assert billed() == billing.STILL_KEPT
    seeded.house.store.write(
        lambda conn: open_vials.discard(conn, seeded.house.settings, LABEL, "past its limit", who="ann", at=made.at)
    )
    assert billed() == ""


def test_r58_the_waste_of_a_shared_vial_is_never_jw(seeded: Seeded) -> None:
    made = kept(seeded)
    made.do(Confirmation("leftovers discarded"))
    seeded.house.store.write(lambda conn: views.keep_used(conn, "OTHER001", frozenset({f"U/{LABEL}"})))
    with seeded.house.store.reading() as conn:
        assert shared(conn, made.p) == billing.SHARED


def test_r32_a_vial_that_waits_for_its_label_is_no_stock_and_is_forgotten_once_the_leftovers_are_gone(
    seeded: Seeded, pharmacy: Pharmacy
) -> None:
    made = set_apart(seeded)
    site = seeded.house.settings.site
    with seeded.house.store.reading() as conn:
        assert [one.gone for one in open_vials.stock(conn, site, made.at)] == [open_vials.WAITS]
    assert found(seeded).opened.label_g is None  # type: ignore[union-attr]
    assert "Waiting for their label" in at_desk(pharmacy, ANN).get("/open-vials").text
    made.do(Confirmation("leftovers discarded"))
    with seeded.house.store.reading() as conn:
        assert isinstance(identify.by_unit(conn, LABEL), OtherCode)
        assert list(view_faults(conn, [made.id])) == []


def test_r32_a_vial_that_never_got_its_label_on_can_be_discarded_and_is_then_not_kept(
    seeded: Seeded, pharmacy: Pharmacy
) -> None:
    made = set_apart(seeded)
    labelled = asked.Keep(scan(found(seeded)), weigh("30.93", made.at), "")
    assert post(at_desk(pharmacy, ANN), f"/open-vials/{LABEL}/discard", why="damaged").status_code == 303
    said = made.ask(labelled)
    assert (said.code, "thrown away" in said.says) == ("CABINET_BROKEN", True)
    again = made.ask(replace(keeping(made), label="EFGH5678"))  # by its own code, for another label
    assert (again.code, "thrown away" in again.says) == ("CABINET_BROKEN", True)
    made.do(Confirmation("leftovers discarded"))
    assert thrown_mg(seeded) == made_mg(made)  # once, with the leftovers


def test_r19_a_recalled_vial_is_listed_to_be_discarded(seeded: Seeded, pharmacy: Pharmacy) -> None:
    made = kept(seeded)
    made.do(Confirmation("leftovers discarded"))
    row = {"gtin14": vial("A").gtin14, "lot": "ab123", "reference": "recall 7/2026", "at": made.at, "who": "lee"}
    seeded.house.store.write(lambda conn: conn.execute(insert(recall), row))
    with seeded.house.store.reading() as conn:
        (one,) = open_vials.stock(conn, seeded.house.settings.site, made.at)
    assert "recall 7/2026" in one.gone
    assert "To be discarded" in at_desk(pharmacy, ANN).get("/open-vials").text


def test_r45_a_spill_by_anybody_in_its_cabinet_ends_what_stands_open_there(seeded: Seeded) -> None:
    made = kept(seeded)
    made.do(Confirmation("leftovers discarded"))
    other = second(seeded)
    assert other.ask(asked.Pause("spill")).kind == "accepted"
    with seeded.house.store.reading() as conn:
        (one,) = open_vials.stock(conn, seeded.house.settings.site, made.at)
    assert "something was spilt there" in one.gone


def test_r45_a_spill_card_at_its_station_ends_what_stands_open_there(seeded: Seeded) -> None:
    made = kept(seeded)
    made.do(Confirmation("leftovers discarded"))
    settings = seeded.house.settings
    for place, ends in (("HOOD-9", False), ("HOOD-1", True)):

        def spilt(conn: Any, place: str = place) -> str:
            act = incidents.Acting(conn, settings, "ann", made.at, place)
            return incidents.begin(act, Spill(made.at, place, "not said"))

        seeded.house.store.write(spilt)
        with seeded.house.store.reading() as conn:
            (one,) = open_vials.stock(conn, settings.site, made.at)
        assert ("something was spilt there" in one.gone) == ends


def test_r42_an_opened_vial_stands_in_the_way_of_another_drug_until_it_is_out(seeded: Seeded) -> None:
    """Whatever it is by now: stock, or past its use and not thrown away yet."""
    made = kept(seeded)
    made.do(Confirmation("leftovers discarded"))
    store, settings = seeded.house.store, seeded.house.settings

    def there() -> list[str]:
        with store.reading() as conn:
            return [one.label for one in open_vials.in_cabinet(conn, "BSC-2")]

    assert there() == [LABEL]
    store.write(lambda conn: register.record_decontamination(conn, "BSC-2", ("wiped",), at=made.at, who="ann"))
    assert there() == [LABEL]
    with store.reading() as conn:
        assert open_vials.in_cabinet(conn, "BSC-9") == ()
    store.write(lambda conn: open_vials.discard(conn, settings, LABEL, "not needed", who="ann", at=made.at))
    assert there() == []


def test_r42_the_cabinet_is_not_scanned_past_an_opened_vial_of_another_drug(seeded: Seeded) -> None:
    made = kept(seeded)
    made.do(Confirmation("leftovers discarded"))
    store, settings = seeded.house.store, seeded.house.settings

    def of_another_drug(conn: Any) -> None:
        body = conn.execute(select(open_vial.c.body)).scalar_one()
        other = body.replace('"drug":"cyclophosphamide"', '"drug":"docetaxel"')
        assert other != body
        conn.execute(update(open_vial).values(body=other))

    store.write(of_another_drug)
    other = seeded.begin("DEMO1002").until_claimed()
    at_it = asked.Submit("", scan(replace(CABINET, certified_until=other.at + timedelta(days=90), decontaminated=True)))
    stopped = other.ask(at_it)
    assert (stopped.kind, stopped.code, LABEL in stopped.says) == ("rejected", "OPENED_STANDS_THERE", True)
    store.write(lambda conn: open_vials.discard(conn, settings, LABEL, "not needed", who="ann", at=other.at))
    assert other.ask(at_it).kind == "accepted"


def thrown_mg(seeded: Seeded) -> D:
    settings = seeded.house.settings
    with seeded.house.store.reading() as conn:
        today = seeded.started.astimezone(settings.zone).date()
        span = Span(settings.site, today - timedelta(days=3), today + timedelta(days=3), settings.zone)
        return sum((one.mg for one in wasted(conn, span, {})), D(0))


def made_mg(made: Making) -> D:
    with made.house.store.reading() as conn:
        return D(orjson.loads(log.load(conn, made.id)[-1].body)["data"]["wasted_mg"])


def test_r58_what_was_kept_and_then_thrown_away_is_waste_once(seeded: Seeded) -> None:
    made = kept(seeded)
    made.do(Confirmation("leftovers discarded"))
    assert thrown_mg(seeded) == made_mg(made)
    seeded.house.store.write(
        lambda conn: open_vials.discard(conn, seeded.house.settings, LABEL, "not needed", who="ann", at=made.at)
    )
    assert thrown_mg(seeded) == made_mg(made) + 20  # 1 mL of 20 mg/mL


def test_r32_a_clock_set_back_hides_no_cleaning(seeded: Seeded) -> None:
    made = kept(seeded)
    made.do(Confirmation("leftovers discarded"))
    store, site = seeded.house.store, seeded.house.settings.site
    long_ago = seeded.started - timedelta(days=1)
    store.write(lambda conn: register.record_decontamination(conn, "BSC-2", ("wiped",), at=long_ago, who="ann"))
    with store.reading() as conn:
        (one,) = open_vials.stock(conn, site, made.at)
    assert "it was cleaned" in one.gone


def test_r19_a_recall_of_the_diluent_is_one_of_the_vial_that_was_dissolved_in_it(seeded: Seeded) -> None:
    made = kept(seeded)
    known = found(seeded).opened
    assert known is not None
    diluent = known.part("diluent")
    assert diluent is not None
    names = ("ndc", "drug", "fluid", "part", "level", "single_dose", "confirmed_by")
    item = {"gtin14": "00300000000017", "item": diluent.item_id, "role": "diluent", "text": diluent.text}
    item |= dict.fromkeys(names, "")
    row = {"gtin14": "00300000000017", "lot": diluent.lot, "reference": "recall 8/2026", "at": made.at, "who": "lee"}

    def recalled(conn: Any) -> None:
        conn.execute(insert(package), item)
        conn.execute(insert(recall), row)

    assert found(seeded).recalled == ""
    seeded.house.store.write(recalled)
    assert f"{diluent.text}, lot {diluent.lot}: recall 8/2026" in found(seeded).recalled
    with seeded.house.store.reading() as conn:
        assert "recall 8/2026" in identify.recalls(conn, [found(seeded)])


@pytest.mark.parametrize(
    ("recipe", "policy", "says"),
    [
        (SHARED, SHARES, "Vials are shared here,</b> of cyclophosphamide-20-bag"),
        (SHARED, {}, "the site policy, version 1, shares no vials"),
        ({}, SHARES, "no recipe lets its own be shared"),
    ],
)
def test_r32_the_page_says_whether_vials_are_shared_and_why_not(
    pharmacy: Pharmacy, recipe: dict[str, Any], policy: dict[str, Any], says: str
) -> None:
    Seeded(pharmacy.house, recipe=replace(RECIPE, **recipe), policy=replace(POLICY, **policy))
    assert says in at_desk(pharmacy, ANN).get("/open-vials").text
