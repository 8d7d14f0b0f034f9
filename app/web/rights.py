"""Who may come to which page. Every route names its right; one that does not is never served (Q45)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask

from app.people.tables import ROLES

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Right:
    """Who may use a route."""

    roles: frozenset[str]
    """Any of these roles."""
    everyone: bool = False
    """True: no sign-in is needed."""
    in_duty: bool = False
    """True: open even while the session has a duty, because this is where the duty is done."""
    polled: bool = False
    """True: the page asks by itself, so a request says nothing of the person being there and leaves the idle clock alone."""
    role_alone: bool = False
    """True: an act that asks no more than the role, because it only reads, or because the rules judge who signs."""
    scope: str = ""
    """Of an API token: such a route takes no cookie, and its own door judges who comes. Empty for every page."""

    def covers(self, roles: frozenset[str]) -> bool:
        return self.everyone or bool(self.roles & roles)

    @property
    def asks_licence(self) -> bool:
        """Whether a pharmacist acts here as pharmacist, so that their licence has to count (Q27)."""
        return "pharmacist" in self.roles and "technician" not in self.roles and not self.role_alone


def right(*roles: str, polled: bool = False, role_alone: bool = False) -> Callable[[View], View]:
    """Only people with one of these roles: `@right("technician", "lead_technician")`, written below the route.

    What a route changes, and no technician may, a pharmacist does only by a licence that counts; `role_alone` lifts that.
    """
    wrong = [role for role in roles if role not in ROLES]
    if wrong or not roles:
        raise ValueError(f"@right needs roles out of {', '.join(ROLES)}; got {roles}")
    return _mark(Right(frozenset(roles), polled=polled, role_alone=role_alone))


def open_to_all(view: View) -> View:
    """No sign-in needed: the sign-in page itself, health, static files."""
    return _mark(Right(frozenset(), everyone=True))(view)


def anyone_signed_in(view: View) -> View:
    """Any person who is signed in, whatever their role."""
    return _mark(Right(frozenset(ROLES)))(view)


def ones_own(view: View) -> View:
    """Any person who is signed in, even before a duty of theirs is done: one's own secrets and sessions."""
    return _mark(Right(frozenset(ROLES), in_duty=True))(view)


def by_token(scope: str) -> Callable[[View], View]:
    """Only a program with an API token of this scope, which `app/api/admission.py` judges; no cookie opens it."""
    return _mark(Right(frozenset(), scope=scope))


def right_of(app: Flask, endpoint: str) -> Right | None:
    """The right an endpoint names, or None where it names none."""
    if endpoint == "static":
        return Right(frozenset(), everyone=True)
    named: Right | None = getattr(app.view_functions.get(endpoint), "__right__", None)
    return named


def unlisted(app: Flask) -> tuple[str, ...]:
    """Endpoints that name no right."""
    return tuple(sorted({rule.endpoint for rule in app.url_map.iter_rules() if right_of(app, rule.endpoint) is None}))


def _mark(named: Right) -> Callable[[View], View]:
    def marked(view: View) -> View:
        view.__right__ = named  # type: ignore[attr-defined]  # a function may carry attributes
        return view

    return marked
