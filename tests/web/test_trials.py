"""A trial's stock from its delivery to its last line: subject, kit, dose, label, record, paper; nothing of it elsewhere (R56)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import update

import labels
from app import clock, labelling, preparations, trial_labels
from app.catalogue import recipes
from app.catalogue import trial_lines as book
from app.people.tables import person
from tests.export.asking import csv_rows
from tests.people.cast import ANN, PAM, QUIN
from tests.web.bench import Making, Seeded
from tests.web.conftest import Pharmacy
from tests.web.desk import approve, at_desk, form_of
from tests.web.test_record_page import pdf_text
from tests.web.test_syringe import SEVENTH, VIAL
from tests.web.trial_desk import (
    NORMAL,
    PROTOCOL,
    TRIAL,
    act,
    checked,
    dressed,
    found,
    of_the_trial,
    patient_of,
    received,
    seeded,
    unit_label,
    units,
)
from tests.workflows.example import scan
from workflows import commands as asked
from workflows.evidence import Container, OtherCode
from workflows.wording import amount

__all__ = ["seeded"]


def test_r56_from_delivery_to_dispensing_every_unit_has_its_line(pharmacy: Pharmacy, seeded: Seeded) -> None:
    desk = at_desk(pharmacy)
    received(desk)
    made = dressed(of_the_trial(pharmacy, seeded, desk))
    here = units(pharmacy)
    stuck = " ".join(pdf_text(unit_label(desk, here["K-17"]).data).split())
    assert all(word in stuck for word in ("trial S-2301", "kit K-17", "T100", "2099-01-31"))
    for wrong, code in ((VIAL, "OTHER_STOCK"), (found(pharmacy, here["K-18"]), "OTHER_KIT")):
        assert made.ask(asked.Submit("", scan(wrong))).code == code
    kit = found(pharmacy, here["K-17"])
    made.do(scan(kit))
    told = act(desk, f"/trials/units/{here['K-17']}/leave", what="destroyed", note="in the pharmacy, batch 7")
    assert "staged for preparation" in told[1]
    checked(made)
    label = labelling.final(made.p, patient_of(made), made.house.settings, label_id="0" * 8, copy=1, by="Ann")
    assert label.study == "Protocol S-2301, subject 2301-0042, kit K-17"
    assert labels.fixed("investigational").text in label.handling
    assert labels.render(label, labelling.usual_stock(label, made.house.settings)).codes, (
        "it fits, and its code is read back"
    )
    assert approve(desk, made).status_code in (200, 302, 303)
    made.release()
    assert units(pharmacy).keys() == {"K-18", "K-19"}
    gone = found(pharmacy, here["K-17"])
    assert (type(gone), "no stock: dispensed" in getattr(gone, "what", "")) == (OtherCode, True)
    with pharmacy.house.store.reading() as conn:
        last = book.lines(conn, "MAIN", PROTOCOL)[-1]
    assert (last.line.what, last.line.change, last.line.balance) == ("dispensed", -1, 2)
    assert (last.line.subject, last.line.dose, last.line.preparation) == ("2301-0042", "39.9 mg", made.id)
    assert (last.who, last.second) == (ANN.id, PAM.id), "who released it, and who approved it"
    back = act(desk, f"/trials/units/{here['K-17']}/back", note="empty syringe, seal broken")
    assert back == (303, "")
    assert units(pharmacy).keys() == {"K-18", "K-19"}, "what a subject brings back is never stock"
    rows = csv_rows(desk.get(f"/trials/accountability.csv?protocol={PROTOCOL}").data)
    assert [(row["what"], row["change"], row["balance"], row["kit"]) for row in rows] == [
        *(("received", "1", str(n), f"K-{16 + n}") for n in (1, 2, 3)),
        ("label printed", "0", "3", "K-17"),
        ("dispensed", "-1", "2", "K-17"),
        ("returned by subject", "0", "2", "K-17"),
    ]
    paper = " ".join(pdf_text(desk.get(f"/trials/accountability.pdf?protocol={PROTOCOL}").data).split())
    assert all(word in paper for word in (PROTOCOL, "Cooperative Group", "2301-0042", "39.9 mg", "K-19", "dispensed"))


def test_r56_a_unit_label_is_of_the_product_that_came_not_of_its_trials_first_recipe(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    other = replace(
        TRIAL, name="a-first-recipe", drug="epirubicin", printed_drug="epirubicin", vial_mg=TRIAL.vial_mg * 4,
        vial_ml=TRIAL.vial_ml * 4,
    )  # fmt: skip
    pharmacy.house.store.write(lambda conn: recipes.add_recipe(conn, other, effective_from=seeded.started))
    desk = at_desk(pharmacy)
    received(desk, "K-17")
    said = {"recipe": other.name, "kits": "K-20", "lot": "T2", "expiry": "2099-01-31", "note": "depot, shipment 4712"}
    assert act(desk, "/trials/receive", **said) == (303, "")
    for kit, made in (("K-17", TRIAL), ("K-20", other)):
        stuck = pdf_text(unit_label(desk, units(pharmacy)[kit]).data)
        words = " ".join(stuck.split())
        assert made.printed_drug.casefold() in words.casefold()
        assert f"{amount(made.vial_mg)} mg, {amount(made.concentration_mg_ml)} mg/mL" in words
        assert f"trial {PROTOCOL}, kit {kit}" in words


def test_r56_the_unit_label_of_a_blinded_vinca_study_says_that_any_other_route_kills(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    received(at_desk(pharmacy), "K-17")
    with pharmacy.house.store.reading() as conn:
        line = book.lines(conn, "MAIN", PROTOCOL)[0].line
    for drug, kills in (("vincristine", True), ("doxorubicin", False)):
        study = replace(TRIAL, drug=drug, printed_drug=drug, blinded="S-2301 study drug or placebo")
        drawn = trial_labels.unit_of_a_trial(line, study, pharmacy.house.settings)
        assert drawn.vinca is kills
        assert "mg" not in drawn.strength + drawn.package_code, "a blinded study's label tells no strength"


def test_r25_a_pharmacist_whose_licence_lapsed_stands_beside_nobody(pharmacy: Pharmacy, seeded: Seeded) -> None:
    desk = at_desk(pharmacy)
    pharmacy.house.store.write(
        lambda conn: conn.execute(
            update(person).where(person.c.id == QUIN.id).values(licence_until=clock.now() - timedelta(days=1))
        )
    )
    said = {"recipe": TRIAL.name, "kits": "K-1", "lot": "T1", "expiry": "2099-01-31", "note": "depot, shipment 4711"}
    status, told = act(desk, "/trials/receive", **said, badge=QUIN.badge, pin=QUIN.pin)
    assert (status, "lapsed on" in told) == (422, True), told
    assert units(pharmacy) == {}


def test_r56_what_was_staged_and_never_opened_stays_in_stock(pharmacy: Pharmacy, seeded: Seeded) -> None:
    desk = at_desk(pharmacy)
    received(desk)
    made = dressed(of_the_trial(pharmacy, seeded, desk))
    made.do(scan(found(pharmacy, units(pharmacy)["K-17"])))
    made.ask(asked.Abort("other", "the subject went home"))
    assert made.p.outcome == "aborted"
    assert "K-17" in units(pharmacy)


def test_r56_a_normal_dose_takes_no_unit_of_a_trial(pharmacy: Pharmacy, seeded: Seeded) -> None:
    received(at_desk(pharmacy))
    normal = dressed(Making(seeded, seeded.receive(seeded.message(SEVENTH)), seeded.started))
    assert normal.p.recipe.name == NORMAL.name
    assert normal.ask(asked.Submit("", scan(found(pharmacy, units(pharmacy)["K-17"])))).code == "TRIAL_STOCK"


def test_r56_a_wrong_line_is_struck_out_by_two_and_stays_to_be_read(pharmacy: Pharmacy, seeded: Seeded) -> None:
    desk = at_desk(pharmacy)
    received(desk, "K-1 K-2")
    here = units(pharmacy)
    assert act(desk, f"/trials/units/{here['K-1']}/leave", what="destroyed", note="to the sponsor's waste, 12") == (
        303,
        "",
    )
    assert units(pharmacy).keys() == {"K-2"}
    alone = act(desk, "/trials/lines/3/strike", note="it was the other kit", badge=PAM.badge, pin=PAM.pin)
    assert alone[0] == 422, "nobody stands beside themselves"
    token = form_of(desk.get("/trials").text, "/trials/lines/3/strike")
    early = desk.post("/trials/lines/1/strike", data={**token, "note": "it was the other kit"})
    assert (early.status_code, "More happened to that unit since" in early.text) == (422, True)
    assert act(desk, "/trials/lines/3/strike", note="it was the other kit") == (303, "")
    assert units(pharmacy).keys() == {"K-1", "K-2"}
    with pharmacy.house.store.reading() as conn:
        lines = book.lines(conn, "MAIN", PROTOCOL)
    assert [(one.line.what, one.line.balance, one.struck) for one in lines] == [
        ("received", 1, False), ("received", 2, False), ("destroyed", 1, True), ("struck", 2, False),
    ]  # fmt: skip
    page = desk.get("/trials").text
    assert "<s>destroyed</s>" in page, "nothing is erased"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"kits": "K-1 K-1"}, "received once: K-1"),
        ({"kits": ""}, "one a unit"),
        ({"expiry": ""}, "expiry or re-test date"),
        ({"lot": " "}, "Write the lot"),
        ({"note": "depot"}, "from whom it came"),
        ({"expiry": "next year"}, "Write each date as"),
        ({"badge": "", "pin": ""}, "The second person scans"),
        ({"over": "0" * 64}, "A line was added since"),
    ],
)
def test_r56_no_delivery_is_received_with_a_blank(
    pharmacy: Pharmacy, seeded: Seeded, said: dict[str, str], why: str
) -> None:
    desk = at_desk(pharmacy)
    good = {"recipe": TRIAL.name, "kits": "K-1", "lot": "T1", "expiry": "2099-01-31", "note": "depot, shipment 4711"}
    status, told = act(desk, "/trials/receive", **{**good, **said})
    assert (status, why in told) == (422, True), told
    assert units(pharmacy) == {}


def test_r56_an_earlier_re_test_date_ends_its_use(pharmacy: Pharmacy, seeded: Seeded) -> None:
    desk = at_desk(pharmacy)
    said = {"recipe": TRIAL.name, "kits": "K-1", "lot": "T1", "expiry": "2099-01-31", "retest": "2020-06-30"}
    assert act(desk, "/trials/receive", **said, note="depot, shipment 4711") == (303, "")
    one = found(pharmacy, units(pharmacy)["K-1"])
    assert isinstance(one, Container)
    assert (one.expiry, one.protocol, one.kit) == (date(2020, 6, 30), PROTOCOL, "K-1")


def test_r56_a_blinded_study_s_label_tells_neither_name_nor_strength(pharmacy: Pharmacy, seeded: Seeded) -> None:
    blinded = replace(TRIAL, name="blinded", version=1, blinded="S-2301 study drug or placebo")
    desk = at_desk(pharmacy)
    received(desk)
    made = checked_with(of_the_trial(pharmacy, seeded, desk), pharmacy)
    p = replace(made.p, master=blinded)
    label = labelling.final(p, patient_of(made), made.house.settings, label_id="0" * 8, copy=1, by="Ann")
    seen = pdf_text(labels.render(label, labelling.usual_stock(label, made.house.settings)).pdf)
    tray = labelling.in_process(
        p, preparations.workflow_of(p), patient_of(made), made.house.settings, label_id="0" * 8, copy=1
    )
    assert "study drug or placebo" in " ".join(seen.split())
    assert not any(word in seen.casefold() for word in ("doxorubicin", "mg/ml"))
    assert tray.drug == "S-2301 study drug or placebo"


def checked_with(made: Making, pharmacy: Pharmacy) -> Making:
    dressed(made)
    made.do(scan(found(pharmacy, units(pharmacy)["K-17"])))
    return checked(made)
