"""A raw reading becomes evidence: what it is by our own tables. It never knows which answer is wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from sqlalchemy import Connection

from app.catalogue import identify
from app.record import views
from app.stations import register
from devices.scanner.answer import CodeAnswer, OwnCode
from devices.scanner.attach import attached, is_half
from devices.scanner.own import from_writing
from devices.scanner.parse import parse
from workflows.evidence import Found, LabelCode, OtherCode, Printed, Scan

How = Literal["serial", "wedge", "camera", "typed"]
Live = Callable[[str, str], Printed | None]
"""Given a preparation and a label kind, the label that is live now, or None."""


@dataclass(frozen=True)
class Read:
    """One reading, told apart."""

    scan: Scan
    """The evidence, for a step that asks for one."""
    word: str = ""
    """The word of a command card; empty for every other code."""
    badge: str = ""
    """The id on a badge; it opens nothing by itself (Q41)."""
    preparation: str = ""
    """The preparation that one of our labels belongs to."""
    refused: str = ""
    """Why the reading itself cannot be used, in words: half a code, wrong check digit, a scanner that is set up wrong."""
    written: bool = False
    """Whether the letters beside a symbol were given, not the symbol: they name something, and are evidence of nothing."""


def read(
    conn: Connection, raw: str, how: How, *, as_of: date, live: Live, photo: str = "", gs: str | None = None
) -> Read:
    """Say what a reading is. `as_of` is today in the site's zone; `live` tells which labels are live."""
    answer = parse(raw, as_of=as_of, gs=gs)
    if answer.status == "plain" and (meant := from_writing(answer.text or "")):
        return replace(read(conn, meant, how, as_of=as_of, live=live, photo=photo), written=True)
    if answer.status == "error":
        says = answer.message or "This code cannot be read."
        return Read(Scan(raw, how, OtherCode(f"a code that cannot be used: {says}"), photo), refused=says)
    if answer.own is not None:
        return _own(conn, raw, how, answer.own, live, photo)
    return Read(Scan(raw, how, _product(conn, answer), photo))


def may_be_half(raw: str, as_of: date) -> bool:
    """Return whether a reading names a product without saying both lot and expiry (B21)."""
    return is_half(parse(raw, as_of=as_of))


def joined(conn: Connection, first: str, second: Scan, *, as_of: date) -> Scan | str | None:
    """Return what the reading `first` and the one after it are together: None for no pair, words for one that disagrees (B21).

    The characters of both are kept, with a TAB between them.
    """
    answer = attached(parse(first, as_of=as_of), parse(second.raw, as_of=as_of))
    if answer is None:
        return None
    if answer.status == "error":
        return answer.message or "The two codes do not belong together."
    return replace(second, raw=f"{first}\t{second.raw}", found=identify.container(conn, answer))


def typed(conn: Connection, *, gtin14: str, lot: str, expiry: date | None, serial: str, photo: str) -> Scan:
    """Return a typed container (R19): the same evidence, marked as typed; a witness and a photo are the rules' business."""
    raw = f"(01){gtin14}(17){expiry:%y%m%d}(10){lot}" if expiry else f"(01){gtin14}(10){lot}"
    answer = CodeAnswer("ok", "hri", gtin14=gtin14, lot=lot, serial=serial or None, expiry=expiry)
    return Scan(raw, "typed", identify.container(conn, answer), photo)


def _product(conn: Connection, answer: CodeAnswer) -> Found:
    if answer.status == "plain":
        return OtherCode(f"a code that names no product ({(answer.text or '')[:40]})")
    return identify.container(conn, answer)


def _own(conn: Connection, raw: str, how: How, code: OwnCode, live: Live, photo: str) -> Read:
    if code.kind == "C":
        return Read(Scan(raw, how, OtherCode(f"the command card {code.word}"), photo), word=code.word or "")
    id_ = code.id or ""
    if code.kind == "B":
        return Read(Scan(raw, how, OtherCode("a badge"), photo), badge=id_)
    if code.kind in ("I", "F"):
        return _label(conn, raw, how, code, live, photo)
    return Read(Scan(raw, how, _found(conn, code.kind, id_), photo))


def _found(conn: Connection, kind: str, id_: str) -> Found:
    if kind == "U":
        return identify.by_unit(conn, id_)
    if kind in ("H", "T"):
        what = "cabinet" if kind == "H" else "tray"
        return register.cabinet_by_label(conn, id_) or OtherCode(f"an unknown {what} code {id_}")
    names = {"P": "a preparation's code", "S": "a station's code"}
    return OtherCode(f"{names.get(kind, 'a code of ours')} {id_}")


def _label(conn: Connection, raw: str, how: How, code: OwnCode, live: Live, photo: str) -> Read:
    id_ = code.id or ""
    known = views.label_of(conn, id_)
    kind: Literal["in_process", "final"] = "in_process" if code.kind == "I" else "final"
    if known is None or known[0] != kind:
        return Read(Scan(raw, how, OtherCode(f"an unknown label {id_}"), photo))
    printed = live(known[1], kind)
    void = printed is None or (printed.label_id, printed.copy) != (id_, code.copy)
    found = LabelCode(kind, id_, code.copy or 0, known[1], void)
    return Read(Scan(raw, how, found, photo), preparation=known[1])
