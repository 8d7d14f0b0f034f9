"""What a prescriber asked for in RXO against the pharmacy's RXE, and other places that say it a second time (I23, I31)."""

from __future__ import annotations

import pytest

from app.interfaces.book import MemoryBook
from tests.interfaces.cases import edited, findings, reading, reasons, send
from tests.interfaces.test_reasons import BASE, DOSE, ROUTE

CTX = "3002^cyclophosphamide^RXNORM"
IV, IT = "47625008^Intravenous^SCT", "72607000^Intrathecal^SCT"
AFTER = "|1|BAG^Bag^L|"


def asked(*segments: str, of: str = "s01", drug: str = CTX, amount: str = "970||mg") -> bytes:
    """The pharmacy's order with what the prescriber asked for before it."""
    return edited(("RXE||", "\r".join([f"RXO|{drug}|{amount}", *segments, "RXE||"])), of=of)


DIFFERS = {
    "another route": asked(f"RXR|{IT}"),
    "a second route": asked(f"RXR|{IV}", f"RXR|{IT}"),
    "two routes in one": asked(f"RXR|{IV}~{IT}"),
    "a route in words": asked("RXR|47625008^Subcutaneous^SCT"),
    "another base": asked("RXC|B|NS-500^Sodium Chloride 0.9% 500 mL bag^L|250|mL"),
    "more of the base": asked("RXC|B|D5W-250^Dextrose 5% in water 250 mL bag^L|500|mL"),
    "two bases": asked("RXC|B|D5W-250^^L|250|mL", "RXC|B|D5W-250^^L|250|mL"),
    "another component": asked("RXC|A|5657^ifosfamide^RXNORM|970|mg"),
    "another amount of the component": asked(f"RXC|A|{CTX}|97|mg"),
    "another start": asked("TQ1|1||ONCE||||20260312100000-0500"),
    "another frequency": asked("TQ1|1||BID"),
    "another duration": asked("TQ1|1||||||||||||60^min"),
    "another number of doses": asked("TQ1|1|||||||||||||4"),
    "another amount by the timing": asked("TQ1|1|97^mg"),
    "a timing nobody can read": asked("TQ1|1||||||tomorrow"),
    "a maximum": asked(amount="970|1940|mg"),
}
AGREES = {
    "the same route": asked(f"RXR|{IV}"),
    "the same route by another code": asked("RXR|IV"),
    "a route this sender's table has not": asked(),
    "the same base": asked("RXC|B|D5W-250^Dextrose 5% in water 250 mL bag^L|250|mL"),
    "the base in litres": asked("RXC|B|D5W-250^^L|0.25|L"),
    "the same component in grams": asked(f"RXC|A|{CTX}|0.97|g"),
    "a component without an amount": asked(f"RXC|A|{CTX}"),
    "the same timing": asked("TQ1|1|970^mg|ONCE||||20260311150000+0000||||||30^min|1"),
}


@pytest.mark.parametrize("payload", DIFFERS.values(), ids=DIFFERS)
def test_i23_what_the_prescriber_asked_for_otherwise_waits_for_a_pharmacist(payload: bytes) -> None:
    assert "PRESCRIBED_DIFFERS" in findings(payload)


@pytest.mark.parametrize("payload", AGREES.values(), ids=AGREES)
def test_what_the_prescriber_asked_for_in_other_words_is_the_same_order(payload: bytes) -> None:
    assert "PRESCRIBED_DIFFERS" not in findings(payload)


VINCRISTINE = {
    "the prescriber's route": f"RXO|11202^vincristine^RXNORM|2||mg\rRXR|{IT}\rRXE||",
    "the prescriber's second route": f"RXO|11202^vincristine^RXNORM|2||mg\rRXR|{IV}\rRXR|{IT}\rRXE||",
    "the prescriber's route in words": "RXO|11202^vincristine^RXNORM|2||mg\rRXR|^give intrathecal\rRXE||",
}


@pytest.mark.parametrize("before", VINCRISTINE.values(), ids=VINCRISTINE)
def test_i41_a_vinca_is_stopped_by_the_prescribers_route_too(before: str) -> None:
    vein = ("72607000^Intrathecal route^SCT^IT^Intrathecal^HL70162", IV)
    assert "HARD_STOP" in {reason for reason, _ in reasons(edited(("RXE||", before), vein, of="s05"))}


@pytest.mark.parametrize(
    "site", ["LP^Lumbar puncture^L", "SP^intrathecal space^L", "IT^^HL70163", "CVL^Central line^L~IT"]
)
def test_i41_a_vinca_is_stopped_by_the_site_too(site: str) -> None:
    vein = ("72607000^Intrathecal route^SCT^IT^Intrathecal^HL70162", IV)
    route = edited(vein, of="s05").decode()
    line = next(one for one in route.split("\r") if one.startswith("RXR"))
    assert "HARD_STOP" in {reason for reason, _ in reasons(route.replace(line, f"RXR|{IV}|{site}").encode())}


def test_a_drug_that_only_the_prescriber_names_is_stopped_by_the_route_too() -> None:
    payload = edited(("RXE||", f"RXO|11202^vincristine^RXNORM|2||mg\rRXR|{IT}\rRXE||"))
    assert "HARD_STOP" in {reason for reason, _ in reasons(payload)}


def test_i43_a_site_of_another_route_is_two_routes() -> None:
    assert ("ROUTE_AMBIGUOUS", "RXR-2") in reasons(edited((ROUTE, f"RXR|{IV}|LP^Lumbar puncture^L")))


def test_a_port_beneath_the_skin_is_looked_at_and_no_second_route() -> None:
    assert findings(edited((ROUTE, f"RXR|{IV}|PORT^Subcutaneous port^L"))) == {"FIELD_UNREADABLE"}


OLD_TIMING = "RXE|{said}|" + CTX
OTHERWISE = {
    "another amount": ("AMOUNTS_DISAGREE", OLD_TIMING.format(said="97&mg^^^20260311100000-0500")),
    "another unit": ("AMOUNTS_DISAGREE", OLD_TIMING.format(said="970&ug^^^20260311100000-0500")),
}


@pytest.mark.parametrize(("reason", "said"), OTHERWISE.values(), ids=OTHERWISE)
@pytest.mark.parametrize("where", ["RXE", "ORC"])
def test_i31_the_older_quantity_is_the_dose(where: str, reason: str, said: str) -> None:
    old = said.split("|")[1]
    change = (f"RXE||{CTX}", said) if where == "RXE" else ("PLAN5531^ONCEHR||||", f"PLAN5531^ONCEHR|||{old}|")
    assert reason in {reason for reason, _ in reasons(edited(change))}


def older(said: str, where: str) -> bytes:
    rxe = (f"RXE||{CTX}", f"RXE|{said}|{CTX}")
    return edited(rxe if where == "RXE" else ("PLAN5531^ONCEHR||||", f"PLAN5531^ONCEHR|||{said}|"))


@pytest.mark.parametrize("where", ["RXE", "ORC"])
@pytest.mark.parametrize(
    "said", ["half", "2", "970&mg&gram^^^", "^BID", "^^M60", "^^H1", "^^^^^^^^^^^4", "970&mg~97&mg"]
)
def test_i42_what_the_older_timing_says_otherwise_is_pointed_out(said: str, where: str) -> None:
    assert "FIELD_UNREADABLE" in findings(older(said, where))


@pytest.mark.parametrize("where", ["RXE", "ORC"])
@pytest.mark.parametrize("said", ["970&mg", "1", "970", "0.97&g", "^ONCE", "^^M30", "^^S1800", "^^D21", "^^^^^^^^^^^1"])
def test_what_the_older_timing_says_again_is_the_same_order(said: str, where: str) -> None:
    assert findings(older(said, where)) == set()


@pytest.mark.parametrize("said", ["|2|BAG^Bag^L|", "|0.5|BAG^Bag^L|", "|97|mg|"])
def test_i42_what_is_dispensed_is_one_container_a_dose(said: str) -> None:
    assert "FIELD_UNREADABLE" in findings(edited((AFTER, said)))


@pytest.mark.parametrize("said", ["|970|mg|", "|298.5|mL|", "||BAG^Bag^L|"])
def test_a_quantity_that_is_the_dose_or_a_volume_is_no_count_of_containers(said: str) -> None:
    assert "FIELD_UNREADABLE" not in findings(edited((AFTER, said)))


@pytest.mark.parametrize("said", ["10234567&10234568^^^MAINHOSP^MR", "10234567^^^MAINHOSP^MR&AN"])
def test_i14_a_record_number_of_two_parts_is_none(said: str) -> None:
    payload = edited(("10234567^^^MAINHOSP^MR", said))
    assert ("SEVERAL_VALUES", "PID-3") in reasons(payload)
    assert send(payload, MemoryBook()).verdict.changes == ()


def test_an_authority_with_its_own_number_is_one_authority() -> None:
    payload = edited(("10234567^^^MAINHOSP^MR", "10234567^^^MAINHOSP&1.2.3&ISO^MR"))
    assert reading(payload).errors == ()


@pytest.mark.parametrize(("number", "said"), [(30, "Y"), (29, "20260310")])
def test_a_patient_who_has_died_is_seen_by_a_pharmacist(number: int, said: str) -> None:
    pid = next(one for one in edited().decode().split("\r") if one.startswith("PID"))
    fields = pid.split("|")
    fields += [""] * (number + 1 - len(fields))
    fields[number] = said
    assert "PATIENT_DISCHARGED" in findings(edited((pid, "|".join(fields))))


def test_the_texts_that_are_changed_here_are_the_reference_orders() -> None:
    text = edited().decode()
    assert all(text.count(one) == 1 for one in (DOSE, BASE, ROUTE, AFTER))
