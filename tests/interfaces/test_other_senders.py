"""The reference order as other senders write it: the same is read the same, what is ambiguous never becomes an order."""

from __future__ import annotations

import pytest

from app.interfaces.book import MemoryBook
from app.interfaces.files import split_file
from tests.interfaces.cases import S01, edited, reading, send
from workflows.order import Order

DOSE = "|970||mg^milligram^UCUM|"
ACTIVE = "RXNORM|970|mg^milligram^UCUM"
BASE = "|250|mL^milliliter^UCUM"


def order_of(payload: bytes) -> Order | None:
    """The one order that a message made, read from the book; None where it made none."""
    book = MemoryBook()
    send(payload, book)
    return next((kept.order for kept in book.orders.values()), None)


def both(dose: str, unit: str = "mg^milligram^UCUM") -> bytes:
    return edited((DOSE, f"|{dose}||{unit}|"), (ACTIVE, f"RXNORM|{dose}|{unit}"))


REFERENCE = order_of(S01)
assert REFERENCE is not None
MADE_OF = (
    REFERENCE.drug,
    REFERENCE.actives[0].amount * 1,
    REFERENCE.base and REFERENCE.base.volume_ml,
    REFERENCE.route,
)


def made_of(order: Order) -> tuple[object, ...]:
    return (order.drug, order.actives[0].amount, order.base and order.base.volume_ml, order.route)


SAME = {
    "leading zeros": both("0970"),
    "trailing zeros": both("970.000"),
    "a point and nothing after it": both("970."),
    "a plus sign": both("+970"),
    "capital MG by the table": both("970", "MG"),
    "dose in g, component in mg": edited((DOSE, "|0.97||g|")),
    "CR LF": S01.replace(b"\r", b"\r\n"),
    "LF": S01.replace(b"\r", b"\n"),
    "CR, LF and blank lines mixed": S01.replace(b"\rRXR", b"\n\n\rRXR").replace(b"\rRXC", b"\r\n RXC"),
    "no last CR": S01.rstrip(b"\r"),
    "a byte order mark": b"\xef\xbb\xbf" + S01,
    "other delimiters": S01.replace(b"|", b"#").replace(b"^", b"$").replace(b"~", b"!").replace(b"&", b"*"),
    "an escaped component mark in a comment": S01.replace(b"NTE|1|P|", b"NTE|1|P|\\S\\ \\F\\ \\T\\ "),
    "a Z segment in between": S01.replace(b"\rRXR|", b"\rZZZ|1|printer^off\rRXR|", 1),
}


@pytest.mark.parametrize("payload", SAME.values(), ids=SAME)
def test_what_means_the_same_is_read_the_same(payload: bytes) -> None:
    order = order_of(payload)
    assert order is not None, reading(payload).errors
    assert made_of(order) == MADE_OF


def word(text: str) -> bytes:
    return both("970", text)


REFUSED = {
    # numbers (I32, I33)
    "decimal comma": (both("970,5"), "NOT_A_NUMBER"),
    "comma as thousands mark": (both("1,970"), "NOT_A_NUMBER"),
    "blank as thousands mark": (both("1 970"), "NOT_A_NUMBER"),
    "apostrophe as thousands mark": (both("1'970"), "NOT_A_NUMBER"),
    "no digit before the point": (both(".97"), "NOT_A_NUMBER"),
    "two points": (both("1.970.0"), "NOT_A_NUMBER"),
    "exponent": (both("9.7E2"), "NOT_A_NUMBER"),
    "fraction": (both("1/2"), "NOT_A_NUMBER"),
    "unit in the number": (both("970mg"), "NOT_A_NUMBER"),
    "number in words": (both("nine hundred seventy"), "NOT_A_NUMBER"),
    "hexadecimal": (both("0x3CA"), "NOT_A_NUMBER"),
    "underscore": (both("9_70"), "NOT_A_NUMBER"),
    "NaN": (both("NaN"), "NOT_A_NUMBER"),
    "infinity": (both("Infinity"), "NOT_A_NUMBER"),
    "about": (both("~970".replace("~", "ca. ")), "NOT_A_NUMBER"),
    "range in the number": (both("900-970"), "NOT_A_NUMBER"),
    "repetition": (both("970~97"), "NOT_A_NUMBER"),
    "sub-component": (both("970&97"), "NOT_A_NUMBER"),
    "superscript digits": (both("97\u2070"), "NOT_A_NUMBER"),
    "Arabic digits": (both("\u0669\u0667\u0660"), "NOT_A_NUMBER"),
    "an invisible mark in the number": (both("97\u200b0"), "NOT_A_NUMBER"),
    "letter O": (both("97O"), "NOT_A_NUMBER"),
    "absurdly long": (both("9" * 40), "NOT_A_NUMBER"),
    "zero": (both("0.00"), "NOT_POSITIVE"),
    "negative": (both("-970"), "NOT_POSITIVE"),
    "deleted": (both('""'), "AMOUNT_MISSING"),
    "empty": (both(""), "AMOUNT_MISSING"),
    "maximum beside the dose": (edited((DOSE, "|970|1070|mg^milligram^UCUM|")), "DOSE_RANGE"),
    "unit in the maximum": (edited((DOSE, "|970|mg|mg^milligram^UCUM|")), "NOT_A_NUMBER"),
    # units (I30, I34, I35)
    **{
        f"unit {unit}": (word(unit), "UNIT_UNKNOWN")
        for unit in (
            "Mg", "mG", "milligram", "milligrams", "mgs", "mg.", " mg ", "MCG", "UG", "\u00b5g", "\u03bcg", "gm", "GM",
            "grams", "U", "IU", "units", "unit", "MU", "meq", "cc", "vial", "amp", "tab", "%", "m\u200bg", "\uff4d\uff47",
        )
    },
    **{
        f"unit {unit}": (word(unit), "UNIT_NOT_AN_AMOUNT")
        for unit in ("mg/m2", "mg/kg", "mg/m\u00b2", "AUC", "mg/h", "mg/mL", "mg/1", "mL", "{each}")
    },
    "code mg, words gram": (word("mg^gram^UCUM"), "UNIT_UNKNOWN"),
    "code mg, words microgram": (word("mg^microgram^UCUM"), "UNIT_UNKNOWN"),
    "code ug, alternate mg": (word("ug^^UCUM^mg^^L"), "UNIT_UNKNOWN"),
    "two units": (word("mg~g"), "UNIT_UNKNOWN"),
    "no unit": (word(""), "AMOUNT_MISSING"),
    "dose in ug, component in mg": (edited((DOSE, "|970||ug^microgram^UCUM|")), "AMOUNTS_DISAGREE"),
    "dose in mg, component in g": (edited((ACTIVE, "RXNORM|970|g^gram^UCUM")), "AMOUNTS_DISAGREE"),
    "a tenth in the component": (edited((ACTIVE, "RXNORM|97.0|mg^milligram^UCUM")), "AMOUNTS_DISAGREE"),
    "base in mg": (edited((BASE, "|250|mg^milligram^UCUM")), "BASE_ADDITIVE_SWAPPED"),
    "drug in mL": (edited((ACTIVE, "RXNORM|970|mL^milliliter^UCUM")), "BASE_ADDITIVE_SWAPPED"),
    # route (I43)
    "route in words": (edited(("RXR|47625008^Intravenous route^SCT^IV^Intravenous^HL70162", "RXR|^intravenous")), "NO_ROUTE"),
    "route in lower case": (edited(("RXR|47625008^Intravenous route^SCT^IV^Intravenous^HL70162", "RXR|iv")), "ROUTE_UNKNOWN"),
    "words of another route": (edited(("Intravenous route^SCT^IV^Intravenous", "Intrathecal^SCT^IV^x")), "ROUTE_AMBIGUOUS"),
    # time (I38, I39)
    "due without time": (edited(("||20260311100000-0500|", "||20260311|")), "DATE_NO_TIME"),
    "due at hour 25": (edited(("||20260311100000-0500|", "||20260311250000-0500|")), "DATE_INVALID"),
    "due with dashes": (edited(("||20260311100000-0500|", "||2026-03-11T10:00:00-05:00|")), "DATE_INVALID"),
    "due with the name of a zone": (edited(("||20260311100000-0500|", "||20260311100000CDT|")), "DATE_INVALID"),
    # structure (I1 to I22)
    "lower-case RXE": (S01.replace(b"\rRXE|", b"\rrxe|"), "NO_DRUG"),
    "lower-case RXC rows": (S01.replace(b"\rRXC|", b"\rrxc|"), "NO_COMPONENTS"),
    "lower-case RXR": (S01.replace(b"\rRXR|", b"\rrxr|"), "NO_ROUTE"),
    "lower-case MSH": (S01.replace(b"MSH|", b"msh|", 1), "NOT_HL7"),
    "lower-case ORC": (S01.replace(b"\rORC|", b"\rorc|"), "NO_ORDER"),
    "two PID": (S01.replace(b"\rPV1|", b"\rPID|1||999^^^MAINHOSP^MR\rPV1|", 1), "NO_PATIENT"),
    "a second MSH": (S01 + S01.replace(b"M000001", b"M000002"), "MERGED_FRAMES"),
    "a batch in a frame": (b"FHS|^~\\&|X\rBHS|^~\\&|X\r" + S01 + b"BTS|1\rFTS|1\r", "BATCH"),
    "three delimiters": (S01.replace(b"|^~\\&|", b"|^~\\|", 1), "NOT_HL7"),
    "a delimiter twice": (S01.replace(b"|^~\\&|", b"|^^\\&|", 1), "NOT_HL7"),
    "a letter as delimiter": (S01.replace(b"|^~\\&|", b"|^~\\m|", 1), "NOT_HL7"),
    "undeclared Latin-1": (S01.replace(b"UNICODE UTF-8", b"").replace(b"Marta", b"M\xe4rta"), "BAD_CHARSET"),
    "Latin-1 declared UTF-8": (S01.replace(b"Marta", b"M\xe4rta"), "BAD_CHARSET"),
    "a character set nobody knows": (S01.replace(b"UNICODE UTF-8", b"CP1252"), "BAD_CHARSET"),
    "UTF-16": (S01.decode().encode("utf-16"), "NOT_HL7"),
    "EBCDIC": (S01.decode().encode("cp500"), "NOT_HL7"),
    "zero bytes": (b"\x00" * 50, "EMPTY_FRAME"),
}  # fmt: skip


@pytest.mark.parametrize(("payload", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_ambiguous_is_refused_and_becomes_no_order(payload: bytes, reason: str) -> None:
    book = MemoryBook()
    handled = send(payload, book)
    assert reason in {fault.reason for fault in handled.verdict.errors}
    assert book == MemoryBook()
    assert all(part not in handled.reply for part in ("Marta", "Example", "10234567"))


def test_an_escape_that_would_make_a_number_does_not_make_another_dose() -> None:
    """Hexadecimal for 970 is 970; a broken escape stays as typed and is no number."""
    for text in ("\\X393730\\", "97\\X30\\"):
        order = order_of(both(text))
        assert order is None or order.dose == 970
    assert order_of(both("97\\X3\\")) is None
    assert order_of(both("97\\.br\\0")) is None


def test_each_message_of_a_batch_stands_alone() -> None:
    bad = both("970,5").replace(b"M000001", b"M000002").replace(b"ORD7700123", b"ORD7700124")
    content = split_file(b"FHS|^~\\&|X\rBHS|^~\\&|X\r" + S01 + bad + b"BTS|2\rFTS|1\r")
    book = MemoryBook()
    assert [send(one, book).verdict.effect for one in content.messages] == ["created", "none"]
    assert [key.placer for key in book.orders] == ["ORD7700123"]


def test_the_same_control_id_with_other_content_is_an_alarm() -> None:
    book = MemoryBook()
    send(S01, book)
    for other in (both("960"), S01.replace(b"ORD7700123", b"ORD7700999"), S01.replace(b"Marta", b"Maria")):
        handled = send(other, book)
        assert [fault.reason for fault in handled.verdict.errors] == ["DUPLICATE_CONTROL_ID"]
        assert handled.verdict.alerts
    assert [kept.order.dose for kept in book.orders.values()] == [970]
