"""The situation board: what is where, what is late; asked anew every five seconds (SCREENS 12)."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template
from flask.typing import ResponseReturnValue

from app.desk.board import Board, board
from app.web import desk
from app.web.house import house
from app.web.rights import right
from app.web.visit import visit, wants_page

boards = Blueprint("board", __name__)

READERS = ("lead_technician", "pharmacist", "qa")


@boards.get("/board")
@right(*READERS)
def show() -> ResponseReturnValue:
    page = _board()
    return render_template("board.html", page=page) if wants_page() else jsonify(page)


@boards.get("/board/part")
@right(*READERS, polled=True)
def part() -> ResponseReturnValue:
    """The board for a page that asks by itself: 304 while nothing changed."""
    page = _board()
    answer = desk.with_etag(Response(), page)
    if answer.status_code == 304:
        return answer
    shown = jsonify(html=render_template("board_part.html", page=page))
    shown.headers["ETag"] = answer.headers["ETag"]
    return shown


def _board() -> Board:
    rooms = house()
    with rooms.store.reading() as conn:
        return board(
            conn, rooms.settings.site, sorted(rooms.settings.stations), visit().at, rooms.settings.training_reminder
        )
