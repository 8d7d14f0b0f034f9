"""A trial's stock where something goes wrong: struck lines, sealed kits, paper, other sites, kit numbers, labels once (R56)."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from sqlalchemy import insert

from app import trial_labels
from app.catalogue import identify, trial_lines, trials
from app.catalogue.tables import package
from app.catalogue.trial_lines import Act, NotAccountedError
from devices.scanner.answer import CodeAnswer
from tests.people.cast import ANN, BO, PAM
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk, form_of
from tests.web.test_downtime import FILLED, page_of_paper
from tests.web.test_syringe import VIAL
from tests.web.trial_desk import (
    PROTOCOL,
    TRIAL,
    Seeded,
    act,
    checked,
    dressed,
    found,
    of_the_trial,
    received,
    seeded,
    unit_label,
    units,
)
from tests.workflows.example import device, scan, weigh
from workflows import commands as asked
from workflows.evidence import Container, OtherCode

__all__ = ["seeded"]


def said(pharmacy: Pharmacy) -> list[tuple[str, str, int, bool]]:
    """Every line: what, kit, balance, struck."""
    with pharmacy.house.store.reading() as conn:
        every = trial_lines.lines(conn, "MAIN", PROTOCOL)
    return [(one.line.what, one.line.kit, one.line.balance, one.struck) for one in every]


def test_r56_a_sealed_kit_that_work_had_begun_with_comes_back_under_a_new_label(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    desk = at_desk(pharmacy)
    received(desk, "K-17")
    made = dressed(of_the_trial(pharmacy, seeded, desk))
    before = units(pharmacy)["K-17"]
    made.do(scan(found(pharmacy, before)))
    for number, part in enumerate(made.p.plan.devices):
        made.do(scan(device(part, f"{made.id}/{number}")))
    made.do(made.shoot("staged"))
    made.do(weigh("18.60", made.at))
    made.ask(asked.Abort("other", "the subject went home"))
    assert said(pharmacy)[-1] == ("used up", "K-17", 0, False), "it may have been entered by then"
    assert act(desk, "/trials/lines/2/strike", note="found sealed in the cabinet") == (303, "")
    assert said(pharmacy)[1:] == [
        ("used up", "K-17", 0, True), ("struck", "K-17", 1, False), ("relabelled", "K-17", 0, False),
        ("received", "K-17", 1, False),
    ]  # fmt: skip
    now = units(pharmacy)["K-17"]
    gone, here = found(pharmacy, before), found(pharmacy, now)
    assert (type(gone), "relabelled" in getattr(gone, "what", "")) == (OtherCode, True)
    assert isinstance(here, Container)
    assert (here.unit, here.kit, here.lot) == (f"U/{now}", "K-17", "T100")
    assert act(desk, "/trials/lines/5/strike", note="it was never received")[0] == 303


def test_r56_a_struck_line_is_no_dead_end(pharmacy: Pharmacy, seeded: Seeded) -> None:
    desk = at_desk(pharmacy)
    received(desk, "K-1")
    one = units(pharmacy)["K-1"]
    for seq in (2, 4):
        assert act(desk, f"/trials/units/{one}/leave", what="destroyed", note="to the sponsor's waste")[0] == 303
        assert act(desk, f"/trials/lines/{seq}/strike", note="it was the other kit") == (303, "")
    assert act(desk, "/trials/lines/1/strike", note="that kit never came here") == (303, "")
    assert units(pharmacy) == {}
    received(desk, "K-1")
    assert units(pharmacy).keys() == {"K-1"}, "what was struck may be written again, as it is"


def test_r56_a_subject_brings_a_kit_back_once(pharmacy: Pharmacy, seeded: Seeded) -> None:
    desk = at_desk(pharmacy)
    received(desk, "K-17")
    one = units(pharmacy)["K-17"]
    site = pharmacy.house.settings

    def dispensed(conn: object) -> None:
        trials.used(
            Act(conn, site, ANN.id, PAM.id, seeded.started), "dispensed", one, preparation="P", subject="S", dose="1 mg"
        )  # type: ignore[arg-type]  # a connection

    pharmacy.house.store.write(dispensed)
    path = f"/trials/units/{one}/back"
    page = desk.get("/trials").text
    assert act(desk, path, note="empty syringe, sealed bag") == (303, "")
    twice = desk.post(path, data={**form_of(page, path), "note": "empty syringe, sealed bag"})
    assert (twice.status_code, "It came back already: line 3" in twice.text) == (422, True)
    assert path not in desk.get("/trials").text, "the page does not ask for it again"
    assert act(desk, "/trials/lines/3/strike", note="another subject's syringe") == (303, "")
    assert act(desk, path, note="empty syringe, sealed bag") == (303, "")


@pytest.mark.parametrize("twice", ["k-17", "Ｋ-17", "K‑17"])
def test_r56_kit_numbers_are_compared_as_they_look(pharmacy: Pharmacy, seeded: Seeded, twice: str) -> None:
    desk = at_desk(pharmacy)
    received(desk, "K-17")
    delivery = {"recipe": TRIAL.name, "lot": "T1", "expiry": "2099-01-31", "note": "depot, shipment 4711"}
    assert "received once" in act(desk, "/trials/receive", **delivery, kits=twice)[1]
    assert "received once" in act(desk, "/trials/receive", **delivery, kits=f"K-20 K-20 {twice}")[1]
    made = dressed(of_the_trial(pharmacy, seeded, desk, kits=twice))
    assert made.p.plan.trial is not None
    assert made.p.plan.trial.kits == ("K-17",), "as it stands in the trial's stock"
    made.do(scan(found(pharmacy, units(pharmacy)["K-17"])))


def test_r56_another_sites_stock_is_no_stock_here(pharmacy: Pharmacy, seeded: Seeded) -> None:
    desk = at_desk(pharmacy)
    received(desk, "K-17")
    far = pharmacy.house.settings.model_copy(update={"site": "SOUTH"})
    delivery = trial_lines.Delivery(("K-17", "K-90"), "T9", date(2099, 1, 31), None, "depot, shipment 88")

    def at_south(conn: object) -> tuple[str, ...]:
        there = Act(conn, far, ANN.id, BO.id, seeded.started)  # type: ignore[arg-type]  # a connection
        return trials.receive(there, TRIAL, delivery)

    twin, other = pharmacy.house.store.write(at_south)
    assert units(pharmacy).keys() == {"K-17"}
    with pharmacy.house.store.reading() as conn:
        balances = [one.line.balance for one in trial_lines.lines(conn, "SOUTH", PROTOCOL)]
    assert balances == [1, 2], "a balance is its own site's"
    for path in (f"/trials/units/{other}/leave", f"/trials/units/{other}/back", "/trials/lines/2/strike"):
        token = form_of(desk.get("/trials").text, "/trials/receive")
        assert desk.post(path, data={**token, "note": "not ours to write", "what": "destroyed"}).status_code == 404
    made = dressed(of_the_trial(pharmacy, seeded, desk))
    answer = made.ask(asked.Submit("", scan(found(pharmacy, twin))))
    assert answer.kind == "rejected", "the kit of the same number stands at another site"
    assert "stock of another site" in made.p.near_misses[-1].says


def test_r56_a_makers_code_never_leads_into_a_lot_that_a_trial_has(pharmacy: Pharmacy, seeded: Seeded) -> None:
    desk = at_desk(pharmacy)
    received(desk, "K-17")
    gtin = "00363323883303"
    vial = {
        "gtin14": gtin, "ndc": VIAL.ndc, "item": VIAL.item_id, "role": "drug", "text": VIAL.text, "drug": VIAL.drug,
        "concentration_mg_ml": "2", "amount_mg": "50", "volume_ml": "25", "fluid": "", "part": "", "level": "",
        "single_dose": "yes", "confirmed_by": "Pam and Quin",
    }  # fmt: skip
    pharmacy.house.store.write(lambda conn: conn.execute(insert(package), vial))
    with pharmacy.house.store.reading() as conn:
        told = [
            identify.container(conn, CodeAnswer("ok", "gs1", gtin14=gtin, lot=lot, expiry=date(2099, 1, 31)))
            for lot in ("T100", "t 100", "DX771")
        ]
    assert [type(one) for one in told] == [OtherCode, OtherCode, Container]
    assert f"of which the trial {PROTOCOL} has stock: scan the vial's unit label" in getattr(told[0], "what", "")
    assert act(desk, "/trials/lines/1/strike", note="that lot never came")[0] == 303
    with pharmacy.house.store.reading() as conn:
        free = identify.container(conn, CodeAnswer("ok", "gs1", gtin14=gtin, lot="T100", expiry=date(2099, 1, 31)))
    assert isinstance(free, Container), "a lot that was struck out is no trial's"


def test_r56_a_unit_label_is_printed_once_and_again_for_a_reason(pharmacy: Pharmacy, seeded: Seeded) -> None:
    desk = at_desk(pharmacy)
    received(desk, "K-17")
    one = units(pharmacy)["K-17"]
    assert unit_label(desk, one).content_type == "application/pdf"
    again = unit_label(desk, one)
    assert (again.status_code, "It was printed before" in again.text) == (422, True)
    assert unit_label(desk, one, note="the first one tore, and is destroyed").content_type == "application/pdf"
    assert [one[0] for one in said(pharmacy)] == ["received", "label printed", "label printed"]
    assert act(desk, "/trials/lines/1/strike", note="that kit never came here") == (303, "")


def test_r60_r56_what_was_made_on_paper_leaves_the_trials_stock(pharmacy: Pharmacy, seeded: Seeded) -> None:
    desk = at_desk(pharmacy)
    received(desk, "K-17 K-18")
    made = of_the_trial(pharmacy, seeded, desk)
    made.do(made.sign("order verified"), PAM)
    path = f"/record/{made.id}/paper"
    blank = desk.get(path).text
    assert f"each unit of the trial {PROTOCOL}" in blank

    def enter(*labels: str) -> tuple[int, str]:
        row = {"what": ["DOXOrubicin"] * 2, "lot": ["T100"] * 2, "bottle": [*labels, "", ""][:2], "dose_mg": "39.9"}
        pages = [(io.BytesIO(page_of_paper()), "page.jpg")]
        answer = desk.post(path, data={**form_of(desk.get(path).text, "enctype"), **FILLED, **row, "pages": pages})
        return answer.status_code, answer.text

    here = units(pharmacy)
    assert "Give each unit of the trial" in enter()[1]
    assert "no unit of a trial" in enter(trial_labels.letters("ZZZZ2222"))[1]
    assert "it is kit K-18, and K-17 is assigned" in enter(trial_labels.letters(here["K-18"]))[1]
    status, told = enter(trial_labels.letters(here["K-17"]))
    assert status == 303, re.findall(r'role="alert">.*?</div>', told, re.DOTALL)
    with pharmacy.house.store.reading() as conn:
        last = trial_lines.lines(conn, "MAIN", PROTOCOL)[-1]
    assert (last.line.what, last.line.kit, last.line.balance, last.line.dose) == ("dispensed", "K-17", 1, "39.9 mg")
    assert (last.line.subject, last.line.preparation) == ("2301-0042", made.id)
    assert (last.who, last.second) == (PAM.id, ANN.id)
    assert "made on paper by Ann T., checked by Bo T." in last.line.note
    assert units(pharmacy).keys() == {"K-18"}


def test_r60_r56_a_normal_dose_on_paper_takes_no_unit_of_a_trial(pharmacy: Pharmacy, seeded: Seeded) -> None:
    desk = at_desk(pharmacy)
    received(desk, "K-17")
    with pharmacy.house.store.reading() as conn:
        one = f"U/{units(pharmacy)['K-17']}"
        told = [
            trials.not_on_paper(conn, site, unit, wanted, "P")
            for site, unit, wanted in (
                ("MAIN", one, PROTOCOL), ("MAIN", one, ""), ("SOUTH", one, PROTOCOL), ("MAIN", "U/ABCD2345", PROTOCOL),
                ("MAIN", "U/ABCD2345", ""),
            )
        ]  # fmt: skip
    assert [bool(one) for one in told] == [False, True, True, True, False]
    assert "stock of another site" in told[2]


def test_r56_a_line_is_written_as_the_second_person_read_it(pharmacy: Pharmacy, seeded: Seeded) -> None:
    desk = at_desk(pharmacy)
    received(desk, "K-17 K-18")
    here = units(pharmacy)
    path = f"/trials/units/{here['K-17']}/leave"
    form = {**form_of(desk.get("/trials").text, path), "what": "destroyed", "note": "to the sponsor's waste, 12"}
    shown = desk.post(path, data={**form, "protocol": "OTHER-1"})
    assert "to the sponsor&#39;s waste, 12" in shown.text
    signing = {**form_of(shown.text, f'{path}" autocomplete="off" data-signed'), "badge": BO.badge, "pin": BO.pin}
    for changed in ({"what": "transferred"}, {"note": "to another place entirely"}):
        answer = desk.post(path, data={**signing, **changed})
        assert (answer.status_code, "Look at it again" in answer.text) == (422, True), changed
    assert act(desk, f"/trials/units/{here['K-18']}/leave", what="destroyed", note="to the sponsor's waste") == (
        303,
        "",
    )
    late = desk.post(path, data=signing)
    assert (late.status_code, "Look at it again" in late.text) == (422, True), "the balance is another now"
    assert units(pharmacy).keys() == {"K-17"}
    with pharmacy.house.store.reading() as conn:
        last = trial_lines.lines(conn, "MAIN", PROTOCOL)[-1].line
    assert len(last.attested) == 64


def test_r56_a_line_of_an_older_version_is_read(pharmacy: Pharmacy, seeded: Seeded) -> None:
    received(at_desk(pharmacy), "K-17")
    with pharmacy.house.store.reading() as conn:
        body = conn.execute(trial_lines.trial_line.select()).one().body
    old = trial_lines.codec.encode(trial_lines.codec.decode(trial_lines.Line, trial_lines.canonical.parse(body)))
    del old["attested"]
    assert trial_lines.codec.decode(trial_lines.Line, old).kit == "K-17"


def test_r56_a_refusal_writes_nothing_and_keeps_what_was_typed(pharmacy: Pharmacy, seeded: Seeded) -> None:
    desk = at_desk(pharmacy)
    received(desk, "K-17")
    form = form_of(desk.get("/trials").text, "/trials/receive")
    bad = {"recipe": TRIAL.name, "kits": "K-17", "lot": "T1", "expiry": "2099-01-31", "note": "depot, shipment 4711"}
    answer = desk.post("/trials/receive", data={**form, **bad})
    assert (answer.status_code, "shipment 4711" in answer.text) == (422, True)
    tried = desk.post("/trials/receive", data={**form, **bad, "kits": "K-20"})
    assert "To be signed by a second person" in tried.text
    assert units(pharmacy).keys() == {"K-17"}, "what is only shown is not written"
    with pytest.raises(NotAccountedError, match="not in stock"):
        pharmacy.house.store.write(
            lambda conn: trials.leave(
                Act(conn, pharmacy.house.settings, ANN.id, BO.id, seeded.started), "NONE", "destroyed", "no such unit"
            )
        )


def test_r56_a_normal_vial_of_another_lot_goes_on_as_before(pharmacy: Pharmacy, seeded: Seeded) -> None:
    received(at_desk(pharmacy), "K-17")
    with pharmacy.house.store.reading() as conn:
        assert trials.trial_of_lot(conn, VIAL.drug, VIAL.lot) == ""
        assert trials.trial_of_lot(conn, VIAL.drug, "") == ""
        assert trials.trial_of_lot(conn, "epirubicin", "T100") == "", "another drug's lot of that name is another lot"


def test_r56_checked_doses_go_their_way(pharmacy: Pharmacy, seeded: Seeded) -> None:
    desk = at_desk(pharmacy)
    received(desk, "K-17")
    made = dressed(of_the_trial(pharmacy, seeded, desk))
    made.do(scan(found(pharmacy, units(pharmacy)["K-17"])))
    checked(made)
    made.ask(asked.Abort("other", "the subject went home"))
    assert said(pharmacy)[-1] == ("used up", "K-17", 0, False)
