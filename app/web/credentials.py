"""Credentials on a person's file: entered from the paper by one, verified by a second, taken back (G1, G13, G17)."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.people import credentials
from app.people.credentials import Paper
from app.people.history import Act
from app.web.people import SEES
from app.web.people_acts import done_to
from app.web.people_form import Form
from app.web.rights import right

papers = Blueprint("credentials", __name__)

ENTERS = ("admin", "qa")
"""Who enters a credential, and takes one back."""


@papers.post("/people/<person>/credentials")
@right(*ENTERS)
def enter(person: str) -> ResponseReturnValue:
    """Enter what a paper says; a second person verifies it before it counts."""
    return done_to(person, "credential", _enter)


@papers.post("/people/<person>/credentials/verify")
@right(*SEES)
def verify(person: str) -> ResponseReturnValue:
    """A second person has looked at the paper, and shows its file again where one was shown."""
    return done_to(person, "credential-verified", _verify)


@papers.post("/people/<person>/credentials/take-back")
@right(*ENTERS)
def take_back(person: str) -> ResponseReturnValue:
    """It was entered wrongly, or its issuer withdrew it."""
    return done_to(person, "credential-back", _take_back)


def _enter(act: Act, person: str, form: Form) -> None:
    paper = Paper(
        code=form.text("code").strip().upper(),
        number=form.text("number"),
        issuer=form.text("issuer"),
        states=form.states(),
        issued=form.day("issued", "Write the day on which it was issued, as 2027-06-30."),
        until=form.until(),
        evidence=form.text("evidence"),
        digest=form.digest,
    )
    credentials.enter(act, person, paper)


def _verify(act: Act, person: str, form: Form) -> None:
    credentials.verify(act, person, form.text("paper"), digest=form.digest)


def _take_back(act: Act, person: str, form: Form) -> None:
    credentials.take_back(act, person, form.text("paper"), why=form.text("why"))
