"""National numbers that are not GTINs: PZN and PPN (Germany), AIC (Italy). Mapped by the formulary, never into an NDC.

Source: IFA specifications of PZN8 and PPN; Italian Code 32. Thinly covered: few real labels were at hand.
"""

from __future__ import annotations

import re
from datetime import date

from devices.scanner.answer import CodeAnswer, Refusal, refused
from devices.scanner.digits import all_digits, date_of
from devices.scanner.gs1 import GS
from devices.scanner.identifiers import IDENTIFIERS

_PZN = re.compile(r"-([0-9]{8})")
_AIC = re.compile(r"A([0-9]{9})")
_ENVELOPE = re.compile(r"\[\)>\x1e06\x1d([^\x1e\x04]*)\x1e\x04")
_FIELD = re.compile(r"(9N|1T|D|S)(.*)", re.DOTALL)
_TEXT = IDENTIFIERS["10"]  # the same characters and length as a GS1 lot

_WRONG_CHECK = Refusal(
    "CHECK_DIGIT", "The check digit of this national number is wrong. Scan again; never type the number instead."
)


def short_answer(data: str, aim: str | None) -> CodeAnswer | None:
    """Return what a PZN (`-` and 8 digits) or AIC (`A` and 9 digits) claims; None if the shape is neither."""
    pzn, aic = _PZN.fullmatch(data), _AIC.fullmatch(data)
    if pzn:
        return CodeAnswer("ok", "pzn", aim, pzn=pzn[1]) if pzn_check(pzn[1]) else refused(_WRONG_CHECK, aim)
    if aic:
        return CodeAnswer("ok", "aic", aim, aic=aic[1]) if aic_check(aic[1]) else refused(_WRONG_CHECK, aim)
    return None


def pzn_check(pzn: str) -> bool:
    """Return True if the eighth digit is the sum of the others, weighted 1 to 7, mod 11 (10 is never used)."""
    return sum(int(d) * weight for weight, d in enumerate(pzn[:7], 1)) % 11 == int(pzn[7])


def aic_check(aic: str) -> bool:
    """Return True if the ninth digit is right: every second digit doubled, digits of the products added, mod 10."""
    doubled = sum(sum(divmod(int(d) * 2, 10)) for d in aic[1:8:2])
    return (sum(int(d) for d in aic[0:8:2]) + doubled) % 10 == int(aic[8])


def ppn_check(ppn: str) -> bool:
    """Return True if the last two digits are the others' character codes, weighted from 2, mod 97."""
    return sum(ord(c) * weight for weight, c in enumerate(ppn[:-2], 2)) % 97 == int(ppn[-2:])


def ppn_answer(data: str, aim: str | None, as_of: date) -> CodeAnswer:
    """Return what an ISO 15434 message of format 06 with a PPN claims (fields 9N, 1T, D, S in any order)."""
    fields = _fields(data, as_of)
    if isinstance(fields, Refusal):
        return refused(fields, aim)
    expiry = date_of(fields["D"], as_of) if "D" in fields else None
    return CodeAnswer(
        "ok",
        "ppn",
        aim,
        ppn=fields["9N"],
        pzn=fields["9N"][2:10],
        lot=fields.get("1T"),
        serial=fields.get("S"),
        expiry=expiry,
        expired=expiry < as_of if expiry else None,
    )


def _fields(data: str, as_of: date) -> dict[str, str] | Refusal:
    envelope = _ENVELOPE.fullmatch(data)
    if envelope is None:
        return Refusal(
            "FORMAT", "This pharmacy code is not complete, or its separators are lost. Check the scanner's set-up."
        )
    fields: dict[str, str] = {}
    for part in envelope[1].split(GS):
        field = _FIELD.fullmatch(part)
        if field is None:
            return Refusal(
                "FORMAT", f"This pharmacy code has a field that is not known: {part[:3]!r}. Set the item aside."
            )
        name, value = field.groups()
        wrong = _field_fault(name, value, as_of)
        if wrong:
            return wrong
        if fields.setdefault(name, value) != value:
            return Refusal(
                "DUPLICATE_CONFLICT", f"Field {name} stands twice with different values. Set the item aside."
            )
    return (
        fields if "9N" in fields else Refusal("FORMAT", "This pharmacy code has no product number. Set the item aside.")
    )


def _field_fault(name: str, value: str, as_of: date) -> Refusal | None:
    shortest, longest = {"9N": (12, 12), "D": (6, 6)}.get(name, (_TEXT.shortest, _TEXT.longest))
    if not value:
        return Refusal("EMPTY_VALUE", f"Field {name} has no value. Scan again.")
    if not shortest <= len(value) <= longest:
        return Refusal("BAD_LENGTH", f"Field {name} has {len(value)} characters. Scan again; a separator may be lost.")
    if name == "D":
        return None if date_of(value, as_of) else Refusal("BAD_DATE", f"{value} is no date. Set the item aside.")
    if name == "9N":
        return _ppn_fault(value)
    return (
        None
        if _TEXT.characters.fullmatch(value)
        else Refusal("BAD_CHARSET", f"Field {name} holds a character it may not have.")
    )


def _ppn_fault(ppn: str) -> Refusal | None:
    if not all_digits(ppn):
        return Refusal("BAD_CHARSET", "The product number holds digits only. Scan again.")
    if not ppn.startswith("11"):
        return Refusal("FORMAT", "This is not a German pharmacy product number (11 in front). Set the item aside.")
    return None if ppn_check(ppn) and pzn_check(ppn[2:10]) else _WRONG_CHECK
