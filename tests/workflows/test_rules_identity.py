"""Is it the right thing, and still good: R16 to R20, told of what is held to the scanner."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from tests.cast import ANN, BO, CY, DANA, LEE, PAM, PRINTER, QA, RAE
from tests.workflows.answers import done, refused, rejected, tries, would
from tests.workflows.example import BAG, CABINET, D5W, DILUENT, NS, Bench, device, photo, scan, vial, weigh
from workflows import commands as asked
from workflows.commands import Submit
from workflows.events import Rejected
from workflows.evidence import Confirmation, LabelCode, OtherCode, Printed


@pytest.fixture
def staging() -> Bench:
    """Ann is dressed and stages."""
    bench = Bench()
    bench.until_claimed()
    bench.do(scan(CABINET))
    for item in bench.policy.ppe:
        bench.do(Confirmation(item))
    return bench


def test_a_vial_of_another_strength_is_stopped_in_words(staging: Bench) -> None:
    strong = vial(
        "X",
        item_id="cyclophosphamide-1g-solution",
        text="cyclophosphamide 1,000 mg/10 mL",
        ndc="0781-3529-10",
        concentration_mg_ml=D(100),
        amount_mg=D(1000),
    )
    answer = tries(staging, scan(strong), slot="vial:1")
    assert rejected(answer) == ("WRONG_STRENGTH",)
    says = answer[0].findings[0].says
    assert "WRONG STRENGTH" in says
    assert "0781-3529-10" in says
    assert "100 mg/mL" in says
    assert "20 mg/mL" in says
    for who in (ANN, LEE, PAM, QA):
        command = asked.Waive("vial:1", "WRONG_STRENGTH", "there is no other vial in the house")
        assert refused(would(staging, command, who)) == "NOBODY_MAY_WAIVE"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"drug": "ifosfamide", "item_id": "ifosfamide-1g"}, "WRONG_PRODUCT"),
        ({"concentration_mg_ml": None}, "WRONG_STRENGTH"),
        ({"ndc": "99999-955-50"}, "PACKAGE_NOT_ALLOWED"),
        ({"item_id": "another-maker"}, "PACKAGE_NOT_ALLOWED"),
        ({"amount_mg": D(1000)}, "WRONG_SIZE"),
        ({"unit": ""}, "NO_UNIT"),
        ({"expiry": date(2026, 11, 22)}, "EXPIRED"),
        ({"expiry": None}, "NO_EXPIRY"),
        ({"lot": ""}, "NO_LOT"),
        ({"recalled": "D-0123-2026"}, "RECALLED"),
    ],
)
def test_r17_r19_a_vial_is_the_recipes_own_and_good(staging: Bench, changes: dict[str, Any], code: str) -> None:
    assert rejected(tries(staging, scan(vial(**{"unit": "X", **changes})), slot="vial:1")) == (code,)


@pytest.mark.parametrize("ndc", ["10019-955-01", "10019-955-50"])
def test_r18a_carton_and_vial_codes_of_one_product_are_both_right(staging: Bench, ndc: str) -> None:
    done(tries(staging, scan(vial("X", ndc=ndc))))


def test_r16_one_vial_held_up_twice_is_one_vial(staging: Bench) -> None:
    done(tries(staging, scan(vial("A"))))
    assert rejected(tries(staging, scan(vial("A")), slot="vial:2")) == ("SAME_UNIT",)
    done(tries(staging, scan(vial("B"))))


def test_r16_a_vial_of_another_preparation_is_not_new(staging: Bench) -> None:
    answer = would(staging, Submit("vial:1", scan(vial("A"))), used_by="P-0007")
    assert rejected(answer) == ("SAME_UNIT",)
    assert "P-0007" in answer[0].findings[0].says


def test_r16_a_vial_set_aside_by_a_redo_does_not_come_back(staging: Bench) -> None:
    done(tries(staging, scan(vial("A"))))
    done(staging.ask(asked.Redo("vial", 1, "cracked")))
    assert rejected(tries(staging, scan(vial("A")), slot="vial:1")) == ("SAME_UNIT",)


def test_expiry_ends_with_its_day_in_the_sites_zone(staging: Bench) -> None:
    """At 04:00 UTC on 24 November it is still the 23rd in Chicago."""
    today = Submit("vial:1", scan(vial("X", expiry=date(2026, 11, 23))))
    evening = staging.at.replace(day=24, hour=4)
    morning = staging.at.replace(day=24, hour=7)
    done(would(staging, today, at=staging.at))
    assert refused(would(staging, today, at=evening)) == "CLOCK"  # the gloves, not the vial
    worn = staging.p
    staging.p = replace(worn, gloves_at=evening, gown_at=evening)
    done(would(staging, today, at=evening))
    staging.p = replace(worn, gloves_at=morning, gown_at=morning)
    assert rejected(would(staging, today, at=morning)) == ("EXPIRED",)


@pytest.mark.parametrize(
    ("slot", "found", "code"),
    [
        ("base", replace(BAG, fluid=NS), "WRONG_BASE"),
        ("base", replace(BAG, volume_ml=D(500)), "WRONG_VOLUME"),
        ("base", DILUENT, "WRONG_BASE"),
        ("base", OtherCode("Ann's badge"), "WRONG_KIND"),
        ("diluent", replace(DILUENT, fluid=D5W), "WRONG_DILUENT"),
        ("diluent", replace(DILUENT, volume_ml=D(10)), "TOO_SMALL"),
        ("diluent", OtherCode("a command card"), "WRONG_KIND"),
        ("vial:1", CABINET, "WRONG_KIND"),
        ("device:vial adaptor:1", device("bag adaptor"), "WRONG_DEVICE"),
    ],
)
def test_bag_diluent_and_device_are_what_was_asked_for(staging: Bench, slot: str, found: Any, code: str) -> None:
    assert code in rejected(tries(staging, scan(found), slot=slot))


@pytest.mark.parametrize(
    ("found", "slot", "says"),
    [
        (OtherCode("a badge"), "vial:1", "Scanned a badge. Needed a vial of cyclophosphamide 20 mg/mL."),
        (OtherCode("an unknown product"), "vial:1", "Needed a vial of cyclophosphamide 20 mg/mL."),
        (CABINET, "vial:1", "Needed a vial of cyclophosphamide 20 mg/mL."),
        (vial("W", drug="etoposide", text="etoposide"), "vial:1", "Needed a vial of cyclophosphamide 20 mg/mL."),
        (replace(BAG, fluid=NS, unit="NS1"), "base", "Needed dextrose 5 %."),
        (replace(DILUENT, fluid="water", unit="W1"), "diluent", "Needed sodium chloride 0.9 %."),
        (device("spike"), "device:vial adaptor:1", "Needed a vial adaptor."),
    ],
)
def test_while_everything_is_open_a_wrong_thing_is_counted_where_it_was_meant_and_else_where_the_screen_points(
    staging: Bench, found: Any, slot: str, says: str
) -> None:
    events = tries(staging, scan(found))
    assert isinstance(events, tuple)
    wrong = events[0]
    assert isinstance(wrong, Rejected)
    assert (wrong.slot, says in wrong.findings[0].says) == (slot, True), wrong


def test_r46_a_pharmacist_and_nobody_else_accepts_that_there_is_no_device(staging: Bench) -> None:
    command = asked.Waive("device:bag adaptor:1", "WRONG_DEVICE", "none in stock, supplier told")
    for who in (ANN, LEE, QA):
        assert refused(would(staging, command, who)) == "NOBODY_MAY_WAIVE"
    assert refused(would(staging, command, RAE)) == "NOT_LICENSED"
    assert refused(would(staging, replace(command, reason="none"), PAM)) == "REASON_NEEDED"
    done(staging.ask(command, PAM))
    assert [entry.who for entry in staging.p.waivers] == ["pam"]


@pytest.mark.parametrize(
    ("second", "picture", "code"),
    [
        (None, "aa", "TYPED_NO_WITNESS"),
        (ANN, "aa", "TYPED_NO_WITNESS"),
        (QA, "aa", "TYPED_NO_WITNESS"),
        (CY, "aa", "TYPED_NO_WITNESS"),
        (RAE, "aa", "TYPED_NO_WITNESS"),
        (BO, "", "TYPED_NO_PHOTO"),
    ],
)
def test_q13_a_typed_code_needs_a_photo_and_an_entitled_witness(
    staging: Bench, second: Any, picture: str, code: str
) -> None:
    typed = scan(vial("A"), "typed", picture)
    assert rejected(tries(staging, typed, second=second, slot="vial:1")) == (code,)


@pytest.mark.parametrize("second", [BO, LEE, PAM, DANA])
def test_r19_a_witness_has_taken_part_and_cannot_approve(staging: Bench, second: Any) -> None:
    done(tries(staging, scan(vial("A"), "typed", "aa"), second=second, slot="vial:1"))
    assert second.id in staging.p.hands


def test_r19_typing_a_wrong_product_makes_it_no_better(staging: Bench) -> None:
    wrong = scan(vial("A", drug="ifosfamide"), "typed", "aa")
    assert rejected(tries(staging, wrong, second=BO, slot="vial:1")) == ("WRONG_PRODUCT",)


def test_r20_only_the_live_label_of_this_preparation_pairs() -> None:
    bench = Bench()
    bench.until_drawn()
    bench.do(weigh("287.60", bench.at))
    bench.do(weigh("336.30", bench.at))
    bench.do(photo("empty"))
    bench.do(Printed("final", "FINAL001", 1, "bb", "spool"), PRINTER)
    for wrong in (
        LabelCode("final", "OTHER001", 1, "P2", False),
        LabelCode("final", "FINAL001", 2, "P1", False),
        LabelCode("final", "FINAL001", 1, "P1", True),
    ):
        assert rejected(tries(bench, scan(wrong))) == ("WRONG_LABEL",)
    assert rejected(tries(bench, scan(LabelCode("in_process", "INPROC01", 1, "P1", False)))) == ("WRONG_KIND",)
    typed = scan(LabelCode("final", "FINAL001", 1, "P1", False), "typed", "aa")
    assert rejected(tries(bench, typed, second=BO)) == ("TYPED_LABEL",)
    done(tries(bench, scan(LabelCode("final", "FINAL001", 1, "P1", False))))


def test_r20_one_open_preparation_a_cabinet() -> None:
    bench = Bench()
    bench.open()
    bench.do(bench.sign("order verified"), PAM)
    assert refused(would(bench, asked.Claim(), occupied_by="P-0002")) == "CABINET_OCCUPIED"
    done(bench.ask(asked.Claim()))
    assert refused(would(bench, Submit("", scan(CABINET)), occupied_by="P-0002")) == "CABINET_OCCUPIED"
    done(would(bench, Submit("", scan(CABINET))))


def test_a_recall_that_comes_later_stops_the_approval_and_the_release() -> None:
    bench = Bench()
    bench.until_check()
    approve = Submit("", bench.sign("approved for release"))
    assert refused(would(bench, approve, PAM, recalled="bag, lot D2207")) == "RECALLED_SINCE"
    bench.do(bench.sign("approved for release"), PAM)
    release = Submit("", scan(LabelCode("in_process", "INPROC01", 1, "P1", False)))
    assert rejected(would(bench, release, recalled="bag, lot D2207")) == ("RECALLED_SINCE",)
    later = bench.at + timedelta(minutes=1)
    done(would(bench, release, at=later))


def test_r16_a_device_with_a_serial_number_fills_one_slot_and_those_without_are_counted(staging: Bench) -> None:
    """Two adaptors are needed; one that carries a number of its own is not scanned for both."""
    done(tries(staging, scan(device("vial adaptor", "00860000000017/C77/S1"))))
    assert "SAME_UNIT" in rejected(tries(staging, scan(device("vial adaptor", "00860000000017/C77/S1"))))
    elsewhere = Submit("", scan(device("vial adaptor", "00860000000017/C77/S2")))
    assert "SAME_UNIT" in rejected(would(staging, elsewhere, used_by="P-2"))
    done(tries(staging, scan(device("vial adaptor", "00860000000017/C77/S3"))))
    for _ in range(2):
        done(tries(staging, scan(device("syringe connector"))))
