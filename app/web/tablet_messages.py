"""A pharmacist's message to whoever makes a preparation: sent from the review, shown on the tablet with a tone, read there."""

from __future__ import annotations

from flask import Blueprint, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from app.clock import new_id
from app.stations import messages
from app.stations.messages import NotSentError
from app.web import desk
from app.web.house import house
from app.web.review import again
from app.web.rights import right
from app.web.station.once import Said, done_once, press
from app.web.station.screen import Verdict
from app.web.visit import signed_in, visit, wants_page

tablet_messages = Blueprint("tablet_messages", __name__)


@tablet_messages.before_request
def _at_its_site() -> None:
    desk.turn_to((request.view_args or {}).get("preparation", ""))


@tablet_messages.post("/review/<preparation>/message")
@right("pharmacist")
def send(preparation: str) -> ResponseReturnValue:
    """Send one; what is refused comes back filled in, with the reason."""
    (person, _), at = signed_in(), visit().at
    with house().store.reading() as conn:
        p = desk.open_up(conn, preparation).p
    if not p.claimed_by or p.outcome:
        return again(preparation, "message", "Nobody is making it: no tablet would show it.", 422)
    text, telephone, site = request.form.get("note", ""), request.form.get("telephone", ""), desk.about().site

    one = press(act="message to the tablet", preparation=preparation, note=text, telephone=telephone)

    def write(conn: Connection) -> Said:
        messages.send(conn, preparation, text, telephone, id=new_id(26), site=site, at=at, who=person.id)
        return Verdict("right", "SENT"), 200

    try:
        said, status = done_once(one, write)
    except NotSentError as why:
        return again(preparation, "message", str(why), 422)
    if status != 200:
        return again(preparation, "message", said.says, status)
    if not wants_page():
        return jsonify(sent=True)
    return redirect(url_for("review.open_review", preparation=preparation), 303)
