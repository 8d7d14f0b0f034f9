"""The balance's check of the day: its own adjustment, the empty pan, two weights, the empty pan again (R15).

Each load is taken by itself when it has settled.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from app import clock
from app.record import outbox
from app.stations import gates, register
from app.stations.gates import TestWeight, Warming
from app.stations.pan import Glance, Pan
from app.stations.preview import SETTLED_INSIDE_S, TAKE_OFF
from app.web.house import house
from app.web.station import adjustment, live, scale_words
from app.web.station.at_hand import bench, looks_here, stands, works_here
from app.web.station.once import Said, done_once, heard_before, press
from app.web.station.preparing import with_etag
from app.web.station.scanned import Lost, reading
from app.web.station.screen import Device, Item, Live, Picture, Verdict
from app.web.station.told import told
from app.web.visit import signed_in, visit
from workflows.evidence import Weighing

scale_check = Blueprint("scale_check", __name__)

BASE = "/terminal/<station>/scale-check"


@dataclass(frozen=True)
class Check:
    """The check as it stands."""

    station: str
    task: str
    """What to put on the pan, or what came of it."""
    passed: bool
    items: tuple[Item, ...]
    """The weights with their readings."""
    balance: str
    """Which balance answers, and what cannot be relied on; empty while none does."""
    picture: Picture
    weight: str
    """Code of the weight that is wanted, EMPTY for the empty pan at the end; empty when nothing is."""
    level: bool
    """Whether somebody has to see first that it stands level."""
    adjust: bool
    """Whether the balance has to adjust itself before the first weight."""
    by_program: bool
    """Whether the program begins it; else a person presses the balance's own key."""
    stop: bool
    """Whether it is under way and can be stopped."""
    stayed_on: bool
    """Whether a person may say that the balance was not switched off while nobody could hear it."""
    back: str
    """Where NEXT leads when it has passed."""
    heard: str
    """Id of the newest reading of the station's scanner when it was drawn."""
    command_id: str
    """What is pressed on this screen carries this id, so that it is done once."""


@scale_check.get(BASE)
@works_here
def show(station: str) -> ResponseReturnValue:
    """The weights, and which one comes next."""
    stands(station)
    return render_template("scale_check.html", page=_page(station))


@scale_check.get(f"{BASE}/live")
@looks_here
def live_now(station: str) -> ResponseReturnValue:
    """The live weight against the weight that is wanted."""
    stands(station)
    stand, run = bench(station), house().benches.run
    with house().store.reading() as conn:
        wanted = _wanted(station)
        scale, waiting = register.balance_status(conn, station), outbox.unfinished(conn)
    labels = tuple(one for one in waiting if one.lane == outbox.printer_lane(station))
    glance = stand.pan.glance() if stand.pan else live.DARK
    heard = live.heard(stand, run, request.args.get("after", ""))
    adjusting = adjustment.seconds(station) is not None
    seen = _live(glance, wanted, _ends(station), live.devices(stand, glance, scale, labels), adjusting)
    return with_etag(jsonify(replace(seen, heard=heard)))


def _live(glance: Glance, wanted: TestWeight | None, ends: bool, devices: tuple[Device, ...], adjusting: bool) -> Live:
    prompt = TAKE_OFF if ends and glance.state == "ready" and not glance.empty else _prompt(glance, wanted)
    lain = (glance.empty if ends else glance.armed) and glance.settled and glance.settled_s >= SETTLED_INSIDE_S
    dark = glance.state not in ("ready", "busy")
    return Live(
        version=int(adjusting),
        value=glance.value,
        unit=glance.unit,
        settled=glance.settled,
        prompt="" if prompt == TAKE_OFF else prompt,
        instead=TAKE_OFF if prompt == TAKE_OFF else "",
        formula="",
        place=None,
        inside=None,
        close=False,
        ready=bool(lain and (wanted or ends) and not prompt),
        trouble=glance.says if dark or adjusting else "",
        unchecked=False,
        trouble_word="ADJUSTING" if adjusting else live.TROUBLE_WORDS.get(glance.state, "") if dark else "",
        heard=(),
        devices=devices,
    )


def _prompt(glance: Glance, wanted: TestWeight | None) -> str:
    if wanted is None or glance.state != "ready" or glance.grams is None:
        return ""
    if glance.empty:
        return ""
    if not glance.armed:
        return TAKE_OFF
    return (
        ""
        if not glance.settled or gates.is_that_weight(wanted, glance.grams)
        else f"This is not the {wanted.name} weight."
    )


@scale_check.post(f"{BASE}/weigh")
@works_here
def weigh(station: str) -> ResponseReturnValue:
    """Take the settled reading of the weight on the pan; the same press again takes none."""
    stands(station)
    before = heard_before(press(weighing=station))
    if before is not None:
        return _answer(station, *before)
    pan, wanted = bench(station).pan, _wanted(station)
    if pan is not None and wanted is None and _ends(station):
        return _weigh_empty(station, pan)
    if pan is None or wanted is None:
        says = _page(station).task if _first(station) else "No weight is wanted now."
        return _answer(station, Verdict("check", "CHECK", says), 422)
    glance = pan.glance()
    if not glance.armed:
        return _answer(station, Verdict("check", "CHECK", TAKE_OFF), 422)
    got = pan.capture()
    if not isinstance(got, Weighing):
        return _answer(station, Verdict("check", "CHECK", got.says), 422)
    if not gates.is_that_weight(wanted, got.g):
        says = f"{got.g} g is not the {wanted.name} weight."
        return _answer(
            station, Verdict("wrong", "WRONG WEIGHT", says, f"Put the {wanted.name} weight on the pan."), 422
        )
    pan.counted()
    return _keep(station, wanted, got)


def _weigh_empty(station: str, pan: Pan) -> Response:
    got = pan.capture_empty()
    if not isinstance(got, Weighing):
        return _answer(station, Verdict("check", "CHECK", got.says), 422)
    (person, _), at, has = signed_in(), visit().at, _has_adjustment(station)

    def take(conn: Connection) -> Said:
        return _judged(gates.take_zero(conn, station, got, at=at, who=person.id, has_adjustment=has))

    return _answer(station, *done_once(press(weighing=station), take))


def _keep(station: str, wanted: TestWeight, got: Weighing) -> Response:
    (person, _), at = signed_in(), visit().at

    def take(conn: Connection) -> Said:
        result = gates.take_reading(conn, station, wanted, got, at=at, who=person.id)
        if result is None:
            return Verdict("right", "RIGHT", f"{wanted.name} weight: {got.g} g"), 200
        return _judged(result)

    return _answer(station, *done_once(press(weighing=station), take))


def _judged(result: register.CheckResult) -> Said:
    if result.passed:
        return Verdict("right", "BALANCE CHECKED", result.says), 200
    act = "Clean the pan, ZERO, and begin again. If it fails again, use another station."
    return Verdict("wrong", "CHECK FAILED", result.says, act), 200


@scale_check.post(f"{BASE}/scan")
@works_here
def scan(station: str) -> ResponseReturnValue:
    """NEXT goes on when the check has passed; a weight's own code says whether it is the right one."""
    stands(station)
    read = reading(station)
    if isinstance(read, Lost):
        return _answer(station, Verdict("check", "CHECK", read.says), 422)
    if read.word:
        return _word(station, read.word)
    raw = read.scan.raw
    data, wanted = raw[3:] if raw.startswith("]") else raw, _wanted(station)
    if wanted is not None and data == wanted.code:
        return _answer(station, Verdict("right", "RIGHT", f"{wanted.name} weight. Put it on the pan."))
    with house().store.reading() as conn:
        other = next((one for one in gates.weights_of(conn, station) if one.code == data), None)
    what = f"the {other.name} weight" if other else "not a weight of this station"
    act = f"Take the {wanted.name} weight." if wanted else ""
    return _answer(station, Verdict("wrong", "WRONG WEIGHT", f"This is {what}.", act), 422)


@scale_check.post(f"{BASE}/do")
@works_here
def do(station: str) -> ResponseReturnValue:
    """A button was pressed."""
    stands(station)
    return _word(station, request.form.get("word", ""))


def _stayed_on(station: str) -> Response:
    """Keep the person's word that the balance was not switched off: then it need not warm up, only be checked (F13)."""
    (person, _), at, warm_up = signed_in(), visit().at, _warm_up(station)
    if house().store.write(lambda conn: gates.stayed_on(conn, station, at, warm_up, who=person.id)):
        return _answer(station, Verdict("right", "NOTED", f"{person.name} says that the balance stayed on."))
    return _answer(station, Verdict("check", "CHECK", _page(station).task), 422)


def _level(station: str) -> Response:
    """Keep the person's word that the balance stands level (R15)."""
    (person, _), at = signed_in(), visit().at
    house().store.write(lambda conn: gates.confirm_level(conn, station, at=at, who=person.id))
    return _answer(station, Verdict("right", "NOTED", f"{person.name} says that the balance stands level."))


def _adjusted(station: str) -> Response:
    """Keep the person's word that the balance has adjusted itself inside (R15)."""
    (person, _), at = signed_in(), visit().at
    house().store.write(lambda conn: gates.adjust(conn, station, at=at, who=person.id))
    return _answer(station, Verdict("right", "NOTED", f"{person.name} says that the balance has adjusted itself."))


def _word(station: str, word: str) -> Response:
    page = _page(station)
    if word == "STAYED ON":
        return _stayed_on(station)
    if word in ("LEVEL", "NEXT") and page.level:
        return _level(station)
    if word == "ADJUST" and page.adjust:
        return _answer(station, *adjustment.begin(station))
    if word == "STOP":
        return _answer(station, *adjustment.stop(station))
    if word == "ADJUSTED" and page.adjust and not page.by_program:
        return _adjusted(station)
    if word in ("NEXT", "BACK") and (page.passed or word == "BACK"):
        return jsonify(go=page.back)
    if word == "WEIGH":
        return jsonify(client="weigh")
    if word == "ZERO":
        pan = bench(station).pan
        if pan is None:
            return _answer(station, Verdict("check", "CHECK", "No balance is connected at this station."), 422)
        done = pan.zero()
        word, status = ("ZERO", 200) if done.done else ("NOT ZEROED", 422)
        return _answer(station, Verdict("check", word, done.says), status)
    counts = "WEIGH, ZERO, BACK" + (", NEXT" if page.passed else "; NEXT once the check has passed")
    return _answer(station, Verdict("check", "CHECK", f"{word} does nothing yet.", f"What counts here: {counts}."), 422)


def _answer(station: str, said: Verdict, status: int = 200) -> Response:
    return told(said, _page(station), "scale_check_part.html", status)


def _warm_up(station: str) -> timedelta:
    stands_here = house().benches.balance_set(station)
    return timedelta(minutes=stands_here.warm_up_minutes if stands_here else 0)


def _warming(station: str) -> Warming | None:
    """Return what the balance waits for after it was, or may have been, switched off."""
    with house().store.reading() as conn:
        return gates.warming(conn, station, visit().at, _warm_up(station))


def _wanted(station: str) -> TestWeight | None:
    if _first(station) or not _under_way(station):
        return None
    with house().store.reading() as conn:
        taken = gates.check_so_far(conn, station, visit().at)
        return gates.wanted_weight(gates.weights_of(conn, station), taken)


def _first(station: str) -> bool:
    """Say whether something comes before the first weight: warming up, the level, its own adjustment."""
    return _warming(station) is not None or _levels(station) or _adjusts(station)


def _levels(station: str) -> bool:
    """Say whether somebody has to see that it stands level, before anything is read."""
    if not _under_way(station):
        return False
    with house().store.reading() as conn:
        return not gates.levelled(conn, station, visit().at)


def _under_way(station: str) -> bool:
    """Say whether the balance still has to pass its check."""
    with house().store.reading() as conn:
        status = register.balance_status(conn, station)
    return status is not None and (status.check_valid_until is None or status.check_valid_until <= visit().at)


def _ends(station: str) -> bool:
    """Say whether both weights were right, and the empty pan ends the check."""
    if _warming(station) is not None or _levels(station) or not _under_way(station):
        return False
    with house().store.reading() as conn:
        taken = gates.check_so_far(conn, station, visit().at)
        return bool(taken) and gates.wanted_weight(gates.weights_of(conn, station), taken) is None


def _has_adjustment(station: str) -> bool:
    stands_here = house().benches.balance_set(station)
    return bool(stands_here and stands_here.internal_adjustment)


def _adjusts(station: str) -> bool:
    """Say whether the balance has to adjust itself before the first weight."""
    if not _has_adjustment(station) or not _under_way(station) or _levels(station):
        return False
    with house().store.reading() as conn:
        return not gates.adjusted(conn, station, visit().at)


def _page(station: str) -> Check:
    at, stand = visit().at, bench(station)
    with house().store.reading() as conn:
        status, weights = register.balance_status(conn, station), gates.weights_of(conn, station)
        taken = {one.weight.code: one for one in gates.check_so_far(conn, station, at)}
    passed = bool(status and status.check_valid_until and status.check_valid_until > at)
    warms = _warming(station)
    levels = warms is None and not passed and _levels(station)
    wanted, ends, adjusts = (None, False, False) if passed else (_wanted(station), _ends(station), _adjusts(station))
    back = request.args.get("back") or request.form.get("back", "")
    return Check(
        station=station,
        task=_warm_words(warms)
        if warms
        else scale_words.ending(ends, adjusts, levels, adjustment.words(station, at) if adjusts else "")
        or scale_words.task(scale_words.barred(status, at) if passed else "", passed, len(weights), wanted),
        passed=passed,
        items=(
            Item("level", "its bubble is in the ring", passed or not (levels or warms), levels),
            _adjustment(station, passed, adjusts),
            *(
                Item(
                    f"{one.name} weight, certified {one.certificate_g} g",
                    scale_words.read(taken[one.code]) if one.code in taken else scale_words.may_read(status, one),
                    passed or one.code in taken,
                    wanted is not None and one.code == wanted.code,
                )
                for one in weights
            ),
            Item("empty pan at the end", f"at most {scale_words.most(status)} g from zero", passed, ends),
        ),
        balance=stand.pan.introduction() if stand.pan else "",
        picture=scale_words.picture(wanted, ends, adjusts or levels),
        weight="EMPTY" if ends else (wanted.code if wanted else ""),
        level=levels,
        adjust=adjusts and adjustment.seconds(station) is None,
        by_program=adjustment.offered(station),
        stop=adjustment.stoppable(station),
        stayed_on=bool(warms and not warms.sure),
        back=url_for("preparing.show", station=station, preparation=back)
        if back
        else url_for("worklist.show", station=station),
        heard=live.last_heard(stand, house().benches.run),
        command_id=clock.new_command_id(),
    )


def _warm_words(warms: Warming) -> str:
    until = f"{warms.until.astimezone(house().settings.zone):%H:%M}"
    if warms.sure:
        return f"The balance was switched off. It warms up until {until}."
    return f"Was the balance switched off? Then it warms up until {until}."


def _adjustment(station: str, passed: bool, adjusts: bool) -> Item:
    if not _has_adjustment(station):
        return Item("internal adjustment", "this balance is set up as one that has none", False, False)
    return Item("internal adjustment", "the balance adjusts itself", passed or not adjusts, adjusts)
