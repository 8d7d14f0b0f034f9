"""What every page shows round its own matter: site, person, navigation, warnings. Handed to all templates as `frame`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, current_app, g, request, url_for
from markupsafe import Markup
from sqlalchemy.exc import DBAPIError

from app.desk import visible as marks
from app.desk.names import name_of, names
from app.desk.visible import HIDDEN
from app.people import emergency
from app.people.emergency import Access
from app.web.cookies import THEME, is_secure_context
from app.web.glass import Glass, glass_of
from app.web.house import house
from app.web.rights import right_of
from app.web.visit import Visit

ROLE_WORDS = {
    "technician": "technician",
    "lead_technician": "lead technician",
    "pharmacist": "pharmacist",
    "qa": "quality assurance",
    "admin": "administrator",
    "informatics": "pharmacy informatics",
    "nurse": "nurse",
}


@dataclass(frozen=True)
class Link:
    """One entry of the navigation."""

    label: str
    """What it is called."""
    endpoint: str
    """Where it leads; shown only when that screen exists and the person's role opens it."""


NAVIGATION = (
    Link("Review", "review.queue"),
    Link("Orders", "orders.show"),
    Link("Board", "board.show"),
    Link("Open vials", "open_vials.show"),
    Link("Messages", "messages.show"),
    Link("Record", "record.show"),
    Link("Quality", "quality.show"),
    Link("Spills", "spills.show"),
    Link("Stations", "stations.show"),
    Link("People", "people.show"),
    Link("Ending soon", "expiring.show"),
    Link("Recipes", "recipes.show"),
    Link("Formulary", "formulary.show"),
    Link("Policy", "policy.show"),
    Link("Hazardous drugs", "hazards.show"),
    Link("Pump library", "pump_library.show"),
    Link("Trials", "trials.show"),
    Link("Senders", "sender_profiles.show"),
    Link("Webhooks", "webhooks.show"),
    Link("Exports", "exports.show"),
    Link("Who looked", "access.show"),
    Link("Locks", "locks.show"),
    Link("Emergency", "emergencies.show"),
    Link("Health", "health.show"),
)
"""Office navigation: the day's work first, then what is set up and looked back on. A new screen adds its line."""
IN_A_ROW = 11
"""So many fit beside each other at 1440; what comes after stands under More."""


TOURED = frozenset({"sign_in.form", "shell.welcome", "orders.show", "review.queue", "board.show", "record.show"})
"""Pages that the demo's tour stands on."""


@dataclass(frozen=True)
class Entry:
    """A navigation entry that leads somewhere."""

    label: str
    """What it is called."""
    href: str
    """Where it leads."""
    here: bool
    """Whether it is the page shown."""


@dataclass(frozen=True)
class Frame:
    """The surroundings of a page."""

    site: str
    """Code of the site."""
    site_name: str
    """Its name."""
    zone: str
    """IANA zone that times are shown in."""
    demo: bool
    """True: NOT FOR CLINICAL USE, on every page."""
    secure: bool
    """False: plain HTTP from elsewhere; the red banner shows."""
    person: str
    """Printed name of who is signed in, or empty."""
    role: str
    """Their role in words, or empty."""
    station: str
    """Station code, or empty."""
    camera: bool
    """Whether the station has a camera of its own; else the tablet's takes the photos."""
    glass: Glass | None
    """How this browser's glass was measured; None where it never was."""
    keeps_page: bool
    """Whether the station's tablet keeps the page that says the server is away."""
    wedge: str
    """How the station's own tablet scanner types, as JSON for its pages; empty at a desk."""
    navigation: tuple[Entry, ...]
    """Where they may go: the first of it, in a row."""
    more: tuple[Entry, ...]
    """The rest of it."""
    time: str
    """Site time now, HH:MM."""
    software: str
    """Name and version."""
    alarm: str
    """Emergency access that is open now: who, where, until when, why; empty for none, and for whoever is not signed in."""
    dark: bool
    """Whether this browser asked for dark pages."""
    tour: bool
    """Whether the demo's tour stands on this page: on those that one arrives at, never where somebody judges a dose."""
    stations: tuple[str, ...]
    """Codes of the site's stations."""
    clock_back: bool
    unread_senders: str
    """What the last look said of senders whose every message is refused; empty where there is none."""
    """True: the clock went back; the banner shows until it has caught up or somebody has confirmed it (Q66)."""


def frame(alarmed: str | None = None) -> Frame:
    """The frame of the request being served; also right for an error page, which is drawn whatever the database does."""
    settings = house().settings
    here: Visit | None = g.get("visit")
    person = here.person if here else None
    at = here.at if here else None
    station = here.station if here and here.station else str((request.view_args or {}).get("station", ""))
    stands = settings.stations.get(station)
    open_to = _navigation(person.roles) if person and here and not here.station and not _duty(here) else ()
    return Frame(
        site=settings.site,
        site_name=settings.site_name,
        zone=settings.site_zone,
        demo=settings.demo,
        secure=is_secure_context(request),
        person=person.name if person else "",
        role=role_words(person.roles) if person else "",
        station=station,
        camera=stands is not None and stands.camera is not None,
        glass=glass_of(request),
        keeps_page=stands is not None and stands.offline_page,
        wedge=stands.wedge.model_dump_json() if stands is not None else "",
        navigation=open_to[:IN_A_ROW],
        more=open_to[IN_A_ROW:],
        time=at.astimezone(settings.zone).strftime("%H:%M") if at else "",
        software=settings.software,
        alarm=alarm() if alarmed is None else alarmed,
        dark=request.cookies.get(THEME) == "dark",
        tour=settings.demo and request.endpoint in TOURED,
        stations=tuple(sorted(settings.stations)),
        clock_back=clock_back(),
        unread_senders=unread_senders(),
    )


def part(template: str, page: object) -> str:
    """Draw the part of a page that changes. The warnings above it stand on the page already: its poll keeps them true."""
    return current_app.jinja_env.get_template(template).render(page=page, frame=frame(alarmed=""))


def alarm() -> str:
    """Say which emergency access is open now, to whoever is signed in (Q30). A page of trouble is drawn without it."""
    here = g.get("visit")
    if here is None or here.person is None:
        return ""
    try:
        with house().store.reading() as conn:
            open_now = emergency.living(conn, here.at)
            known = names(conn) if open_now else {}
    except DBAPIError:
        return ""
    return " ".join(_alarm_words(one, name_of(known, one.person)) for one in open_now)


def _alarm_words(one: Access, name: str) -> str:
    zone = house().settings.zone
    since, until = (moment.astimezone(zone).strftime("%H:%M") for moment in (one.opened, one.until))
    return f"{name} at {one.station}, {since} to {until}: {one.reason}."


def clock_back() -> bool:
    """Whether the last look found the clock behind what is recorded. Asks nobody."""
    last = house().watch.last
    return last is not None and any(check.name == "clock" and check.state != "good" for check in last.checks)


def unread_senders() -> str:
    """Say whose messages are all refused, by the last look, to whoever is signed in. Asks nobody."""
    last, here = house().watch.last, g.get("visit")
    if last is None or here is None or here.person is None:
        return ""
    return next((one.says for one in last.checks if one.name == "senders" and one.state != "good"), "")


def _duty(here: Visit) -> str:
    return here.session.duty if here.session else ""


def role_words(roles: frozenset[str]) -> str:
    return ", ".join(words for role, words in ROLE_WORDS.items() if role in roles)


def _navigation(roles: frozenset[str]) -> tuple[Entry, ...]:
    shown = []
    for link in NAVIGATION:
        named = right_of(current_app, link.endpoint)
        if named is not None and named.covers(roles):
            shown.append(Entry(link.label, url_for(link.endpoint), request.endpoint == link.endpoint))
    return tuple(shown)


def visible(value: object) -> object:
    """Show control and direction marks as their code in everything a template prints (Q50)."""
    if not isinstance(value, str) or not HIDDEN.search(value):
        return value
    shown = marks.visible(value)
    return Markup(shown) if isinstance(value, Markup) else shown  # noqa: S704 - it was markup already


READING = re.compile(r"([−+]?\d[\d,]*\.(?:\d+0|\d{2,}|0)\s?(?:m?g/mL|m?g|mL)\b)")
"""A number with decimals and its unit, inside a sentence."""


def readings(text: object) -> Markup:
    """Set readings apart in a sentence: they keep their decimals, as no ordered amount does (N4)."""
    parts = READING.split(str(text))
    return Markup("").join(
        Markup('<span class="reading">{}</span>').format(one) if place % 2 else one for place, one in enumerate(parts)
    )


def site_time(at: datetime) -> str:
    """Date and time in the site's zone, as 2026-11-24 09:05."""
    return at.astimezone(house().settings.zone).strftime("%Y-%m-%d %H:%M")


def site_date(at: datetime) -> str:
    """Day in the site's zone, as 2026-11-24."""
    return at.astimezone(house().settings.zone).strftime("%Y-%m-%d")


def dress(app: Flask) -> None:
    """Give every template `frame`, the `site_time` filter and text without hidden marks."""
    app.context_processor(lambda: {"frame": frame()})
    app.add_template_filter(site_time, "site_time")
    app.add_template_filter(site_date, "site_date")
    app.add_template_filter(readings, "readings")
    app.jinja_env.finalize = visible
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
