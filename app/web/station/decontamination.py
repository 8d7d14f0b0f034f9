"""Cleaning a cabinet between two hazardous drugs: what is worn, then four acts, each ticked on its own (R35, R42)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, abort, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from app import clock
from app.catalogue import recipes
from app.stations import gates
from app.web.house import house
from app.web.station import live
from app.web.station.at_hand import bench, looks_here, stands, works_here
from app.web.station.once import Said, done_once, press
from app.web.station.preparing import with_etag
from app.web.station.scanned import Lost, reading
from app.web.station.screen import Item, Picture, Verdict
from app.web.station.told import told
from app.web.visit import signed_in, visit
from workflows.evidence import CabinetCode

decontamination = Blueprint("decontamination", __name__)

BASE = "/terminal/<station>/clean/<cabinet>"


@dataclass(frozen=True)
class Cleaning:
    """The cleaning as it stands."""

    station: str
    cabinet: str
    last_drug: str
    """What was last opened in it."""
    task: str
    act: str
    """The act that comes next; empty when all are done."""
    items: tuple[Item, ...]
    picture: Picture
    back: str
    """Where NEXT leads when all is done."""
    heard: str
    """Id of the newest reading of the station's scanner when it was drawn."""
    command_id: str
    """What is pressed on this screen carries this id, so that it is done once."""


@decontamination.get(BASE)
@works_here
def show(station: str, cabinet: str) -> ResponseReturnValue:
    """The acts, and which one comes next."""
    return render_template("decontamination.html", page=_page(station, cabinet))


@decontamination.get(f"{BASE}/live")
@looks_here
def live_now(station: str, cabinet: str) -> ResponseReturnValue:
    """Readings of the station's scanner."""
    _known(station, cabinet)
    heard = live.heard(bench(station), house().benches.run, request.args.get("after", ""))
    return with_etag(jsonify(version=0, heard=heard, devices=[], trouble="", ready=False))


@decontamination.post(f"{BASE}/scan")
@works_here
def scan(station: str, cabinet: str) -> ResponseReturnValue:
    """NEXT ticks the act that is highlighted."""
    _known(station, cabinet)
    read = reading(station)
    if isinstance(read, Lost):
        return _answer(station, cabinet, Verdict("check", "CHECK", read.says), 422)
    if read.word:
        return _word(station, cabinet, read.word)
    says = "Only NEXT and BACK count here."
    return _answer(station, cabinet, Verdict("check", "CHECK", says), 422)


@decontamination.post(f"{BASE}/do")
@works_here
def do(station: str, cabinet: str) -> ResponseReturnValue:
    """A button was pressed."""
    _known(station, cabinet)
    return _word(station, cabinet, request.form.get("word", ""))


def _word(station: str, cabinet: str, word: str) -> Response:
    page = _page(station, cabinet)
    if word == "BACK" or (word == "NEXT" and not page.act):
        return jsonify(go=page.back)
    if word != "NEXT":
        return _answer(
            station, cabinet, Verdict("check", "CHECK", f"{word} does nothing here.", "NEXT, BACK count."), 422
        )
    return _tick(station, cabinet, request.form.get("slot", "") or page.act)


def _tick(station: str, cabinet: str, act: str) -> Response:
    """Keep one act; an act that was ticked already is not ticked twice."""
    (person, _), at = signed_in(), visit().at

    def tick(conn: Connection) -> Said:
        if not gates.do_act(conn, station, cabinet, act, at=at, who=person.id, dress=_dress(conn)):
            return Verdict("check", "CHECK", "This act was ticked already. Look at the list."), 409
        done = act == gates.ACTS[-1]
        if act not in gates.ACTS:
            return Verdict("right", "RIGHT", f"{cabinet}: {act} on"), 200
        return Verdict("right", "CABINET CLEAN" if done else "RIGHT", f"{cabinet}: {act}"), 200

    said, status = done_once(press(cleaning=cabinet, act=act), tick)
    return _answer(station, cabinet, said, status)


def _answer(station: str, cabinet: str, said: Verdict, status: int = 200) -> Response:
    return told(said, _page(station, cabinet), "decontamination_part.html", status)


def _known(station: str, code: str) -> CabinetCode:
    stands(station)
    with house().store.reading() as conn:
        found = gates.cabinet(conn, station, code)
    return found or abort(404)


def _dress(conn: Connection) -> gates.Dress:
    """Return what the site's policy has put on before a cabinet is cleaned; nothing where it does not say."""
    policy = recipes.policy_of(conn, house().settings.site, visit().at)
    return gates.Dress(policy.worn.clean, policy.glove_minutes) if policy and policy.worn else gates.Dress()


def _page(station: str, code: str) -> Cleaning:
    found = _known(station, code)
    (person, _), at = signed_in(), visit().at
    with house().store.reading() as conn:
        dress = _dress(conn)
        done = gates.ACTS if found.decontaminated else gates.acts_done(conn, code)
        on = gates.put_on(conn, code, dress, at=at, who=person.id)
    act = gates.next_act(done, on, dress)
    back = request.args.get("back") or request.form.get("back", "")
    return Cleaning(
        station=station,
        cabinet=code,
        last_drug=found.last_drug,
        task=gates.ACT_WORDS.get(act, f"Put on {act}.") if act else "The cabinet is clean. Go on with NEXT.",
        act=act,
        items=tuple(Item(one, "", one in (*on, *done), one == act) for one in (*dress.items, *gates.ACTS)),
        picture=Picture("cabinet", code, (f"last drug: {found.last_drug}",) if found.last_drug else ()),
        back=url_for("preparing.show", station=station, preparation=back)
        if back
        else url_for("worklist.show", station=station),
        heard=live.last_heard(bench(station), house().benches.run),
        command_id=clock.new_command_id(),
    )
