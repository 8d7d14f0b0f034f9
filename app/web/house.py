"""What every view may reach: the settings, the record, the door. One frozen value beside the application."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app

from app.people.door import Door
from app.record.engine import Store
from app.settings import Settings

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
