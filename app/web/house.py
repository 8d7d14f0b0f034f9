"""What every view may reach: the settings, the record, the door. One frozen value beside the application."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Flask, current_app

from app.dispatch import Dispatcher
from app.health.watch import Watch
from app.hooks.delivery import Posts
from app.interfaces.intake import Intake
from app.interfaces.mllp import Receivers
from app.interfaces.profile import Profile
from app.interfaces.senders import Senders
from app.interfaces.sending import Courier
from app.metrics import Metrics
from app.outbox_worker import LabelPrinter
from app.people.door import Door
from app.record.blobs import Blobs
from app.record.engine import Store
from app.settings import Settings
from app.stations.benches import Benches
from app.upkeep.keeper import Keeper

_NAME = "vialtrace"


@dataclass(frozen=True)
class House:
    """The rooms a view may enter."""

    settings: Settings
    """What the site has set."""
    store: Store
    """The record: `reading()` and `write(work)`."""
    door: Door
    """Checking who someone is: sign-in, signatures, witnesses."""
    dispatcher: Dispatcher
    """The only way to act on a preparation."""
    blobs: Blobs
    """Photos, labels and messages, by what is in them."""
    benches: Benches
    """The instruments of each station; not opened before `start`."""
    printer: LabelPrinter
    """What prints the labels that the record asks for; not running before `start`."""
    watch: Watch
    """How the program is, as it was last looked at."""
    metrics: Metrics
    """What was counted since the start."""
    keeper: Keeper
    """What does backups, drills and sweeping; not at work before `start`."""

    intake: Intake
    """What takes messages in, by whatever door."""
    receivers: Receivers
    """The ports that receive HL7 v2; not listening before `start`."""
    senders: Senders
    """The sender profiles of this site."""
    posts: Posts
    """What posts to webhooks; not at work before `start`."""
    couriers: tuple[Courier, ...]
    """What tells each sender what became of its orders; not at work before `start`."""

    def start(self) -> None:
        """Open the stations' instruments, begin to print and to receive: in the process that serves, and only there."""
        self.benches.start()
        self.printer.start()
        self.keeper.start()
        self.receivers.start()
        self.posts.start()
        for one in self.couriers:
            one.start()

    def close(self) -> None:
        """End every thread and close the record. A second call does nothing."""
        self.receivers.close()
        self.posts.close()
        for one in self.couriers:
            one.close()
        self.keeper.close()
        self.printer.close()
        self.benches.close()
        self.store.close()

    def profiles(self, at: datetime) -> tuple[Profile, ...]:
        """Return the sender profiles that count at a moment."""
        with self.store.reading() as conn:
            return self.senders.at(conn, at)

    def open_up(self, app: Flask) -> None:
        app.extensions[_NAME] = self


def house() -> House:
    """The house of the application that serves this request."""
    found = current_app.extensions[_NAME]
    if not isinstance(found, House):
        raise TypeError("the application was not made by create_app")
    return found


def house_of(app: Flask) -> House:
    """The same, outside a request."""
    with app.app_context():
        return house()
