"""What the server's worker runs: the application with its record open, its instruments connected and its outbox moving."""

from __future__ import annotations

import atexit
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING

from app import create_app
from app.settings import load_settings
from app.web.house import house_of

if TYPE_CHECKING:
    from flask import Flask


def make() -> Flask:
    """Make the application in this process; called by the server inside its worker, never before it forks."""
    app = create_app(load_settings())
    house = house_of(app)
    house.start()
    atexit.register(house.close)
    Finalize(None, house.close, exitpriority=10)
    return app
