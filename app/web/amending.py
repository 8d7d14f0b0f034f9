"""A pharmacist has one preparation made by another signed recipe of its drug: chosen, signed and said why (R14 d, R17)."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.desk.amending import choices
from app.people.signing import SignRefused
from app.web import desk
from app.web.house import house
from app.web.review import again, do, stale
from app.web.rights import right
from workflows import commands as asked

amending = Blueprint("amending", __name__)


@amending.before_request
def _at_its_site() -> None:
    """A preparation is judged and signed by the site where it is made, whichever process shows it."""
    desk.turn_to((request.view_args or {}).get("preparation", ""))


@amending.post("/review/<preparation>/amend")
@right("pharmacist", role_alone=True)
def amend(preparation: str) -> ResponseReturnValue:
    """Sign that it is made by the recipe chosen, from where the rules say."""
    if moved := stale(preparation, "amend"):
        return moved
    with house().store.reading() as conn:
        opened, who = desk.open_up(conn, preparation), desk.acting(conn)
        offered = choices(conn, desk.about(), opened.p, desk.circumstances(conn, opened, who))
    chosen = next((one for one in offered if one.key == request.form.get("recipe")), None)
    reason = request.form.get("note", "").strip()
    if chosen is None:
        return again(preparation, "amend", "Choose a recipe that this can be made by now.", 422)
    signed = desk.sign("recipe amended", request.form.get("over", ""))
    if isinstance(signed, SignRefused):
        return again(preparation, "amend", signed.says, 429 if signed.locked_until else 422)
    return do(preparation, asked.Amend(chosen.recipe, reason, signed), "amend")
