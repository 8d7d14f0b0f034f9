"""Command words: what a card or a button of a preparation's screen does. One table for both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flask import Response, url_for
from sqlalchemy import Connection

from app import preparations
from app.dispatch import Outcome
from app.record import outbox, print_jobs
from app.record.print_jobs import LabelKind
from app.stations import labels_left
from app.web.house import house
from app.web.station import once
from app.web.station.at_hand import Asked, answer, ask, bench, current, envelope, heard_before, judged, screen_of
from app.web.station.panels import DIGITS, redo_of
from app.web.station.screen import Screen, Verdict
from app.web.visit import signed_in, visit
from workflows import commands as asked
from workflows.evidence import CabinetCode, Confirmation, Programme, Scan, VolumeRead
from workflows.instructions import confirms
from workflows.pairs import on_the_pan
from workflows.preparation import Preparation
from workflows.rules.protection import clock_expired
from workflows.standing import CLOSING
from workflows.status import next_slots
from workflows.steps import Slot
from workflows.wording import letter

HELD_UP = "Hold the card up to the scanner, or press its button."


def do_word(word: str, station: str, preparation: str) -> Response:
    """Do what a command word means on the screen as it stands; a word that means nothing here is answered with those that do."""
    shown = screen_of(station, preparation)
    heard = heard_before()  # asked after the screen was drawn: what the word means there may be another step by now
    if heard is not None:
        return _as_before(word, station, preparation, heard)
    act = ACTS.get(word) or NUMBERS.get(word) or BUTTONS.get(word)
    if act is None or word not in {*shown.words, *(one.word for one in shown.actions)}:
        return answer(station, preparation, not_here(word, shown), 422)
    done = act(station, preparation, shown)
    meanwhile = heard_before() if done.status_code >= 400 else None  # the same press, done since by another request
    return done if meanwhile is None else _as_before(word, station, preparation, meanwhile)


def _as_before(word: str, station: str, preparation: str, heard: int) -> Response:
    """Answer a press again as it was answered first (Q70)."""
    said = once.heard_before(_printing(preparation)) if word == "PRINT" else None
    return answer(station, preparation, *(said or (None, heard)))


def not_here(word: str, shown: Screen) -> Verdict:
    """Return what is said to a card that counts elsewhere only."""
    return Verdict(
        "check", "CHECK", f"{word} does nothing on this screen.", f"What counts here: {', '.join(shown.words)}."
    )


TYPED: dict[type, str] = {Programme: "programming.show", VolumeRead: "reading_off.show"}
"""The pages on which something is typed that a person reads."""


def slot_of(p: Preparation) -> Slot | None:
    """Return the slot that waits first."""
    slots = next_slots(preparations.workflow_of(p), p)
    return slots[0] if slots else None


def _next(station: str, preparation: str, shown: Screen) -> Response:
    p = current(preparation)
    slot = slot_of(p)
    if shown.kind == "scale":
        return answer(station, preparation, None, go=url_for("scale_check.show", station=station, back=preparation))
    if shown.kind in ("wait", "other", "ended"):
        return answer(station, preparation, None, go=url_for("worklist.show", station=station))
    if slot is not None and slot.step.name == "cabinet":
        return _to_cleaning(station, preparation, p)
    if slot is not None and slot.step.name == CLOSING and _has_label_left(preparation, p):
        return answer(station, preparation, None, go=url_for("stray.show", station=station, preparation=preparation))
    if slot is not None and slot.step.needs in TYPED:
        where = url_for(TYPED[slot.step.needs], station=station, preparation=preparation)
        return answer(station, preparation, None, go=where)
    if shown.kind == "seconded":
        return answer(
            station, preparation, None, go=url_for("confirming.show", station=station, preparation=preparation)
        )
    if shown.kind == "count":
        return answer(station, preparation, None, client="counted")
    if slot is None or slot.step.needs is not Confirmation:
        return answer(station, preparation, not_here("NEXT", shown), 422)
    return judged(
        station, preparation, ask(station, preparation, asked.Submit(slot.name, Confirmation(confirms(p, slot))))
    )


def _has_label_left(preparation: str, p: Preparation) -> bool:
    """Say whether a copy of its final label is on no container and unaccounted for (L5)."""
    with house().store.reading() as conn:
        return bool(labels_left.left(conn, preparation, p))


def _to_cleaning(station: str, preparation: str, p: Preparation) -> Response:
    """Lead to the cleaning of the cabinet that was just refused for want of it (R42)."""
    last = p.near_misses[-1] if p.near_misses else None
    tried = last.evidence if last is not None and "NOT_DECONTAMINATED" in last.codes else None
    if not isinstance(tried, Scan) or not isinstance(tried.found, CabinetCode):
        return answer(station, preparation, Verdict("check", "CHECK", "Scan the code on the cabinet."), 422)
    where = url_for("decontamination.show", station=station, cabinet=tried.found.code, back=preparation)
    return answer(station, preparation, None, go=where)


def _back(station: str, preparation: str, _: Screen) -> Response:
    return judged(station, preparation, ask(station, preparation, asked.Back()))


def _redo(station: str, preparation: str, shown: Screen) -> Response:
    if shown.kind == "count":
        return answer(station, preparation, None, client="digit")  # takes all digits off the glass
    slot = slot_of(current(preparation))
    again = redo_of(slot) if slot is not None else None
    if again is None:
        return answer(station, preparation, not_here("REDO", shown), 422)
    group, unit = again
    command = asked.Redo(group, unit, f"new {on_the_pan(group)}")
    return judged(station, preparation, ask(station, preparation, command))


def _gloves(station: str, preparation: str, _: Screen) -> Response:
    gown = clock_expired(current(preparation), visit().at) == "gown"
    return judged(station, preparation, ask(station, preparation, asked.ChangeGloves(gown)))


def _not_clear(station: str, preparation: str, _: Screen) -> Response:
    """Set the vial aside and stop, in one transaction: what is cloudy or leaks waits for a pharmacist (R28, R45)."""
    p, at = current(preparation), visit().at
    slot = slot_of(p)
    again = redo_of(slot) if slot is not None else None
    if slot is None or again is None:
        return answer(station, preparation, not_here("NOT CLEAR", screen_of(station, preparation)), 422)
    why = f"vial {letter(again[1])} is not {confirms(p, slot)}"
    aside = envelope(station, preparation, asked.Redo("vial", again[1], why))
    stop = asked.Pause("integrity or particulates", f"{why}; it was set aside")
    dispatcher = house().dispatcher

    def work(conn: Connection) -> Outcome:
        moved = dispatcher.within(conn, aside, at)
        if moved.kind == "accepted":
            after = replace(aside, command_id=f"{aside.command_id}+", command=stop, expected_version=moved.version)
            return dispatcher.within(conn, after, at)
        return moved

    return judged(station, preparation, Asked(house().store.write(work), stop))


def _call(station: str, preparation: str, shown: Screen) -> Response:
    return judged(
        station,
        preparation,
        ask(station, preparation, asked.Call(f"at the step “{shown.task.rstrip('.')}”" if shown.task else "")),
    )


def _pause(station: str, preparation: str, shown: Screen) -> Response:
    command: asked.Command = asked.Resume() if shown.kind == "paused" else asked.Pause("other", "PAUSE card")
    return judged(station, preparation, ask(station, preparation, command))


def _help(station: str, preparation: str, shown: Screen) -> Response:
    says = f"{shown.task} {HELD_UP}"
    return answer(station, preparation, Verdict("check", "HELP", says, f"What counts here: {', '.join(shown.words)}."))


def _logout(station: str, preparation: str, _: Screen) -> Response:
    return answer(station, preparation, None, client="leave")


def _capture(station: str, preparation: str, _: Screen) -> Response:
    return answer(station, preparation, None, client="capture")


def _retake(station: str, preparation: str, _: Screen) -> Response:
    return answer(station, preparation, None, client="retake")


def _weigh(station: str, preparation: str, _: Screen) -> Response:
    return answer(station, preparation, None, client="weigh")


def _zero(station: str, preparation: str, shown: Screen) -> Response:
    pan = bench(station).pan
    if pan is None:
        return answer(station, preparation, Verdict("check", "CHECK", "No balance is connected at this station."), 422)
    if not pan.glance().empty:
        return answer(station, preparation, Verdict("check", "CHECK", "Empty the pan, then ZERO."), 422)
    done = pan.zero()
    void = " The first reading is void: weigh it again." if shown.bar and done.void else ""
    if not done.done:
        return answer(station, preparation, Verdict("check", "NOT ZEROED", f"{done.says}{void}"), 422)
    return answer(station, preparation, Verdict("check" if void else "right", "ZERO", f"{done.says}{void}"))


def _print(station: str, preparation: str, _: Screen) -> Response:
    """Try a label again that is stuck; one that came out is printed once more for a reason, asked on a page of its own (L5).

    Where nobody knows whether a label of this station came out, that is asked first: nothing passes it.
    """
    p, at = current(preparation), visit().at
    with house().store.reading() as conn:
        lane = [one for one in outbox.unfinished(conn) if one.lane == outbox.printer_lane(station)]
    mine = [one for one in lane if one.payload.get("preparation") == preparation]
    kind = label_of(p)
    if any(print_jobs.state_of(one) == "UNKNOWN" for one in lane):
        return answer(station, preparation, None, go=url_for("labels.show", station=station, back=preparation))
    if not mine and any(one.label_kind == kind for one in p.labels):
        return answer(station, preparation, None, go=url_for("labels.show", station=station, back=preparation, again=1))

    def put(conn: Connection) -> once.Said:
        again = [outbox.retry(conn, one.id, at=at) for one in mine if one.status == "stuck"]
        if not mine:
            print_jobs.reprint(
                conn,
                preparation,
                kind,
                station=station,
                why=print_jobs.NOTHING_CAME,
                who=signed_in()[0].name,
                at=at,
                command_id=_printing(preparation).command_id,
            )
        says = "The printer is tried again." if any(again) else "The label is being printed."
        return Verdict("check", "PRINT", says), 200

    return answer(station, preparation, *once.done_once(_printing(preparation), put))


def label_of(p: Preparation) -> LabelKind:
    """Return which label the screen of a preparation is about: the in-process one where it is scanned off, else the final one."""
    slot = slot_of(p)
    return "in_process" if slot is not None and slot.step.name == "release" else "final"


def _printing(preparation: str) -> once.Press:
    return once.press(printing=preparation)


Act = Callable[[str, str, Screen], Response]
ACTS: dict[str, Act] = {
    "NEXT": _next,
    "BACK": _back,
    "REDO": _redo,
    "GLOVES": _gloves,
    "CALL": _call,
    "PAUSE": _pause,
    "HELP": _help,
    "LOGOUT": _logout,
    "CAPTURE": _capture,
    "RETAKE": _retake,
    "WEIGH": _weigh,
    "ZERO": _zero,
    "PRINT": _print,
}


def _entering(digit: str) -> Act:
    """Return what a typing card does where units are counted: its digit goes to the glass (R54)."""
    return lambda station, preparation, _: answer(station, preparation, None, client=f"digit {digit}")


NUMBERS: dict[str, Act] = {word: _entering(digit) for word, digit in DIGITS.items()}
"""The typing cards that count on a screen of a preparation."""
BUTTONS: dict[str, Act] = {"NOT CLEAR": _not_clear}
"""What only a button asks for: no card says it, so that nothing is set aside by a scan."""
