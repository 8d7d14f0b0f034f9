"""Two codes of one container, read one right after the other: one names the product, the other lot and expiry (B21).

Not here: whether they are of one container, and how long one may take for both; nothing is kept between readings (B42).
"""

from __future__ import annotations

from dataclasses import replace

from devices.scanner.answer import UNATTACHED_CODE, CodeAnswer, Refusal, refused

COMPANIONS = frozenset({"10", "11", "13", "15", "16", "17", "21", "30", "240", "7003"})
"""Identifiers that say something of the container in hand; any other (00, 02, 37, 8003 …) is of something else (B22)."""


def is_half(answer: CodeAnswer) -> bool:
    """Return True for a code that names one product by its GTIN and lacks lot or expiry: the other may stand beside it."""
    return bool(answer.gtin14) and answer.names_product and not (answer.lot and answer.expiry)


def is_rest(answer: CodeAnswer) -> bool:
    """Return True for a GS1 code without product that carries lot or expiry, and nothing that names something else."""
    named = {ai for ai, _ in answer.elements}
    return answer.status == "ok" and answer.form == "gs1" and named <= COMPANIONS and bool(answer.lot or answer.expiry)


def attached(first: CodeAnswer, second: CodeAnswer) -> CodeAnswer | None:
    """Return what the two claim together: None where they are no such pair in this order, refused where they disagree."""
    if not is_half(first) or not is_rest(second):
        return None
    given, more = dict(first.elements), dict(second.elements)
    expiries = {one.expiry for one in (first, second) if one.expiry}
    if any(given[ai] != more[ai] for ai in given.keys() & more) or len(expiries) > 1:
        says = "The two codes name different lots, serial numbers or dates. Set the item aside and report the label."
        return refused(Refusal("CONFLICT", says), form="several")
    expiry = first.expiry or second.expiry
    return replace(
        first,
        form="several",
        aim=None,
        elements=tuple((given | more).items()),
        lot=first.lot or second.lot,
        serial=first.serial or second.serial,
        expiry=expiry,
        expired=first.expired if first.expiry else second.expired,
        flags=(first.flags | second.flags) - {UNATTACHED_CODE},
        codes=(first, second),
    )
