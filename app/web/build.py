"""Puts the web together: configuration, guards, and the explicit list of screens."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from flask import Blueprint, Flask
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import Connection

from app import clock
from app.api.document import api
from app.catalogue import identify
from app.dispatch import Dispatcher
from app.health.facts import Sending
from app.health.watch import Watch
from app.hooks.delivery import Posts
from app.hooks.notices import attach
from app.interfaces.intake import Intake
from app.interfaces.mllp import Receivers
from app.interfaces.senders import Senders, every_sender
from app.interfaces.sending import Courier
from app.metrics import Metrics
from app.outbox_worker import LabelPrinter
from app.people import tokens
from app.people.door import Door, door_of
from app.people.secrets import Cost
from app.record.blobs import Blobs
from app.record.engine import Store
from app.settings import Secrets as Kept
from app.settings import Settings
from app.station_settings import BalanceSettings
from app.stations import history, register, setting_up
from app.stations.benches import Benches, Restart
from app.upkeep.chores import keeper_of
from app.web.access_page import access_pages
from app.web.amending import amending
from app.web.away import away
from app.web.batches import batches
from app.web.board import boards
from app.web.by_volume import by_volume
from app.web.clearances import clearances
from app.web.cookies import CsrfCookie
from app.web.correcting import correcting
from app.web.credentials import papers
from app.web.downtime import downtime
from app.web.emergencies import emergencies
from app.web.errors import answer_errors
from app.web.expiring import expiring
from app.web.exports import export_pages
from app.web.fhir import fhir
from app.web.fhir_reading import fhir_reading
from app.web.fhir_subscriptions import fhir_subscriptions
from app.web.formulary import formulary
from app.web.frame import dress
from app.web.hazards import hazards
from app.web.headers import guard_answers
from app.web.health import health
from app.web.house import House
from app.web.json import PlainJson
from app.web.label_texts import label_texts
from app.web.locks import locks
from app.web.me import me
from app.web.messages import messages
from app.web.metrics import counting
from app.web.open_vials import open_vials
from app.web.orders import orders
from app.web.packed import pack_static
from app.web.people import people
from app.web.people_acts import people_acts
from app.web.policy import policy
from app.web.proxy import stand_behind_proxy
from app.web.pump_library import pump_library
from app.web.quality import quality
from app.web.quality_people import quality_people
from app.web.recipes import recipes
from app.web.record_papers import record
from app.web.reprinting import reprinting
from app.web.requests import number_requests
from app.web.review import review
from app.web.rights import unlisted
from app.web.sender_profiles import sender_profiles
from app.web.sheets import sheets
from app.web.shell import shell
from app.web.sign_in import sign_in
from app.web.spills import spills
from app.web.station.camera import camera
from app.web.station.card_measure import card_measure
from app.web.station.confirming import confirming
from app.web.station.decontamination import decontamination
from app.web.station.emergency import urgent
from app.web.station.labels import labels
from app.web.station.more import more
from app.web.station.news import news
from app.web.station.preparing import preparing
from app.web.station.programming import programming
from app.web.station.reading_off import reading_off
from app.web.station.scale_check import scale_check
from app.web.station.scanner_test import scanner_test
from app.web.station.second import second
from app.web.station.spill import spill_card
from app.web.station.stray import stray
from app.web.station.typing import typing
from app.web.station.worklist import worklist
from app.web.station_printer import station_printer
from app.web.stations import stations
from app.web.stations_acts import stations_acts
from app.web.tablet_messages import tablet_messages
from app.web.terminal import terminal
from app.web.tokens import api_tokens
from app.web.trainings import training
from app.web.trial_acts import trial_acts
from app.web.trial_orders import trial_orders
from app.web.trials import trials
from app.web.visit import admit_visitors
from app.web.webhooks import webhooks
from devices.link import LinkState
from devices.scanner.parse import parse
from workflows.evidence import Container

TERMINAL = (
    terminal,
    worklist,
    preparing,
    more,
    second,
    stray,
    typing,
    programming,
    reading_off,
    confirming,
    batches,
    by_volume,
    camera,
    scale_check,
    decontamination,
    scanner_test,
    card_measure,
    news,
    labels,
    spill_card,
)
"""The screens of a station's tablet."""
SCREENS: tuple[Blueprint, ...] = (
    shell,
    away,
    sign_in,
    me,
    *TERMINAL,
    review,
    boards,
    orders,
    clearances,
    quality,
    quality_people,
    amending,
    tablet_messages,
    record,
    correcting,
    reprinting,
    downtime,
    export_pages,
    hazards,
    recipes,
    policy,
    expiring,
    formulary,
    pump_library,
    open_vials,
    trials,
    trial_acts,
    trial_orders,
    spills,
    access_pages,
    health,
    people,
    people_acts,
    papers,
    training,
    locks,
    stations,
    stations_acts,
    label_texts,
    station_printer,
    urgent,
    emergencies,
    messages,
    fhir,
    fhir_reading,
    fhir_subscriptions,
    api,
    api_tokens,
    sheets,
    sender_profiles,
    webhooks,
)
"""Every screen. A new one adds its blueprint here, and its rights at each route."""

_LARGEST = 25 * 1024 * 1024
"""Bytes of one request; photos come as files of a form."""


class UnlistedRouteError(Exception):
    """A route names no right; the web does not start."""


def build(settings: Settings, kept: Kept, store: Store, cost: Cost | None) -> Flask:
    """Return the application. Raises UnlistedRouteError when a route names no right."""
    app = Flask("app.web")
    app.config.update(
        SECRET_KEY=kept.secret_key,
        MAX_CONTENT_LENGTH=_LARGEST,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        SESSION_COOKIE_HTTPONLY=True,
        TRAP_HTTP_EXCEPTIONS=False,
    )
    app.json = PlainJson(app)
    app.session_interface = CsrfCookie()
    _house(settings, kept, store, door_of(settings, kept, store, cost)).open_up(app)
    if settings.behind_proxy:
        stand_behind_proxy(app)
    number_requests(app)
    admit_visitors(app)
    csrf = CSRFProtect(app)  # type: ignore[no-untyped-call]  # Flask-WTF carries no types
    for door in (fhir, fhir_subscriptions, api):  # no cookie counts there: a sender, or a program, brings its token
        csrf.exempt(door)  # type: ignore[no-untyped-call]  # as above
    pack_static(app)
    guard_answers(app)
    answer_errors(app)
    dress(app)
    for screen in SCREENS:
        app.register_blueprint(screen)
    if forgotten := unlisted(app):
        raise UnlistedRouteError(f"no right is named for {', '.join(forgotten)}; add @right(...) or @open_to_all")
    return app


def _sending(settings: Settings, senders: Senders) -> Callable[[Connection], Sending]:
    def look(conn: Connection) -> Sending:
        at = clock.now()
        return Sending(senders.unread(conn, at), tokens.soon_silent(conn, settings.site, at))

    return look


def _house(settings: Settings, kept: Kept, store: Store, door: Door) -> House:
    dispatcher, blobs = Dispatcher(store, settings), Blobs(settings.photos, store.reading)
    printer = LabelPrinter(dispatcher, blobs, clock.now)
    with store.reading() as conn:
        senders = every_sender(settings, conn)
    watch, metrics = Watch(store, settings, clock.now, _sending(settings, senders)), Metrics()
    dispatcher.counted = counting(metrics)
    metrics.read(watch.figures)
    keeper = keeper_of(store, settings, lambda: watch.look(0), clock.now)
    intake = Intake(dispatcher, blobs, senders)
    attach(dispatcher, senders)
    posts = Posts(store, settings, blobs, kept.code_key, clock.now)
    receivers = Receivers(settings.mllp, intake)
    couriers = tuple(Courier(dispatcher, blobs, senders, one, clock.now) for one in senders.names)
    benches = _benches(settings, store)
    return House(
        settings,
        store,
        door,
        dispatcher,
        blobs,
        benches,
        printer,
        watch,
        metrics,
        keeper,
        intake,
        receivers,
        senders,
        posts,
        couriers,
    )


def _benches(settings: Settings, store: Store) -> Benches:
    """Return the stations' instruments, unopened; a balance that restarts loses today's check (R15)."""

    def spread(station: str) -> Decimal | None:
        with store.reading() as conn:
            status = register.balance_status(conn, station)
        return status.repeatability_g if status else None

    def restarted(station: str, what: Restart) -> None:
        at = clock.now()
        store.write(
            lambda conn: register.note_restart(conn, station, what.why, sure=what.sure, at=at, who="system:stations")
        )

    def wired(station: str) -> BalanceSettings | None:
        with store.reading() as conn:
            return setting_up.wiring(conn, station, settings.stations.get(station))

    def met(station: str, state: LinkState) -> None:
        at = clock.now()
        store.write(lambda conn: history.note_met(conn, station, state, at=at, who="system:stations"))

    def known(raw: str) -> bool:
        today = clock.now().astimezone(settings.zone).date()
        with store.reading() as conn:
            return isinstance(identify.container(conn, parse(raw, as_of=today)), Container)

    return Benches(settings, clock.now, spread, restarted, clock.new_id(), wired, met, known)
