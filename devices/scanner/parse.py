"""One reading, or several seen together, and what it claims: chooses the reader, in the order of the checks.

Not here: whether the claimed product is the wanted one. Nothing is kept between readings (B42).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from devices.scanner import aim as aim_identifiers
from devices.scanner import gs1, hibc, national, ndc, own, retail, written
from devices.scanner.answer import UNATTACHED_CODE, CodeAnswer, Refusal, refused
from devices.scanner.digits import all_digits, other_digit
from devices.scanner.gtin import claims

LONGEST = 400
"""Most characters of a reading that are looked at (B43)."""
SUFFIX = "\r\n\t"
"""What a scanner may add behind the data. Python's own `strip()` also eats GS (B19)."""
MEANINGS = ("scan", "gs1", "hri", "ndc")
"""What a reading may be said to be: a scan; a scan that is GS1 where no identifier came; bracketed text; a typed
NDC."""


def parse(reading: str, *, as_of: date, as_: str = "scan", gs: str | None = None) -> CodeAnswer:
    """Return what one reading claims, or why it is refused.

    `reading`: the characters as they came, AIM identifier and suffix included. `as_of`: the day that counts as today,
    in the
    pharmacy's zone. `as_`: one of MEANINGS. `gs`: the text this scanner's stored profile sends for the separator
    (B18); 0x1D
    always counts too. Raises ValueError for an unknown meaning or an empty `gs`, which are faults of the caller.
    """
    if as_ not in MEANINGS or gs == "":
        raise ValueError(f"as_ must be one of {MEANINGS} and gs must not be empty, not {as_!r} and {gs!r}")
    data = reading.rstrip(SUFFIX)
    if gs:
        data = data.replace(gs, gs1.GS)
    wrong = _unreadable(data)
    if wrong:
        return refused(wrong)
    if as_ == "hri":
        return written.bracketed_answer(data, as_of)
    if as_ == "ndc":
        return ndc.answer(data)
    return _scanned(data, as_of, as_ == "gs1")


def _unreadable(data: str) -> Refusal | None:
    if len(data) > LONGEST:
        return Refusal(
            "BAD_LENGTH", f"The scan has {len(data)} characters, more than {LONGEST}. Scan one code at a time."
        )
    digit = other_digit(data)
    if digit:
        return Refusal(
            "UNICODE_DIGITS",
            f"{digit!r} is a digit of another script. Set the scanner to a US keyboard and scan again.",
        )
    return None


def _scanned(data: str, as_of: date, bare_is_gs1: bool) -> CodeAnswer:
    parts = aim_identifiers.split(data)
    if isinstance(parts, Refusal):
        return refused(parts)
    aim, data = parts
    if not data:
        return refused(Refusal("NO_DATA", "The code holds no data. Scan again."), aim)
    if aim in aim_identifiers.GS1 or (aim is None and bare_is_gs1):
        return gs1.answer(data, aim, as_of)
    length = retail.length_for(aim)
    if length:
        return retail.answer(data, aim, length)
    return _by_shape(data, aim, as_of)


def _by_shape(data: str, aim: str | None, as_of: date) -> CodeAnswer:
    """Plain data: only our own codes, national numbers, HIBC and addresses are recognised, by how they begin (B1)."""
    if own.is_own(data):
        return own.answer(data, aim)
    if data.startswith("[)>"):
        return national.ppn_answer(data, aim, as_of)
    if data.startswith("+"):
        return hibc.answer(data, aim, as_of)
    if written.is_address(data):
        return written.address_answer(data, aim, as_of)
    short = national.short_answer(data, aim)
    if short:
        return short
    if aim is None and len(data) in retail.BARE_LENGTHS and all_digits(data):
        return retail.eight_bare_digits(data, as_of) if len(data) == 8 else retail.answer(data, None, len(data))
    if any(_is_control(c) for c in data):
        return refused(
            Refusal("BAD_CHARSET", "The scan holds control characters. Check the scanner's set-up and scan again."), aim
        )
    return CodeAnswer("plain", aim=aim, text=data)


def _is_control(character: str) -> bool:
    return character != gs1.GS and (character < " " or "\x7f" <= character <= "\x9f")


def parse_several(readings: Sequence[str], *, as_of: date, as_: str = "scan", gs: str | None = None) -> CodeAnswer:
    """Return what codes seen together (one picture, one burst) claim: one product at most (B6).

    Each is read by itself; one refused code refuses all. Lot, serial and expiry are those of the codes that carry the
    GTIN; a
    code without GTIN is never joined to them (B21). Raises ValueError as parse() does.
    """
    codes = tuple(parse(reading, as_of=as_of, as_=as_, gs=gs) for reading in readings)
    wrong = next((Refusal(code.error, code.message or "") for code in codes if code.error), None) or _conflict(codes)
    if wrong:
        return CodeAnswer("error", "several", error=wrong.code, message=wrong.message, codes=codes)
    carriers = [code for code in codes if code.gtin14]
    gtin = claims(carriers[0].gtin14 if carriers else None)
    expiry = next((code.expiry for code in carriers if code.expiry), None)
    return CodeAnswer(
        "ok",
        "several",
        gtin14=gtin.gtin14,
        ndc10=gtin.ndc10,
        ndc11_candidates=gtin.ndc11_candidates,
        lot=next((code.lot for code in carriers if code.lot), None),
        serial=next((code.serial for code in carriers if code.serial), None),
        expiry=expiry,
        expired=expiry < as_of if expiry else None,
        flags=_flags(codes),
        codes=codes,
    )


def _flags(codes: tuple[CodeAnswer, ...]) -> frozenset[str]:
    unattached = any(code.form == "gs1" and not code.gtin14 for code in codes)
    own_flags = frozenset(flag for code in codes for flag in code.flags)
    return own_flags | {UNATTACHED_CODE} if unattached else own_flags


def _conflict(codes: tuple[CodeAnswer, ...]) -> Refusal | None:
    if len({code.gtin14 for code in codes if code.gtin14}) > 1:
        return Refusal("CONFLICT", "Two products in view. Show one container only, and scan again.")
    carriers = [code for code in codes if code.gtin14]
    for name, values in (
        ("lots", {code.lot for code in carriers}),
        ("serial numbers", {code.serial for code in carriers}),
        ("expiry dates", {code.expiry for code in carriers}),
    ):
        if len(values - {None}) > 1:
            return Refusal(
                "CONFLICT", f"Two different {name} on one product in view. Show one container only, and scan again."
            )
    return None
