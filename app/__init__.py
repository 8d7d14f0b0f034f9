"""Every side effect: the record, the stations, the people, the screens. `create_app` knows all the rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.people.secrets import Cost
    from app.record.engine import Store
    from app.settings import Settings


def create_app(settings: Settings | None = None, *, store: Store | None = None, cost: Cost | None = None) -> Flask:
    """Make the web application over `settings` (read from the environment if not given).

    It opens the record unless an open `store` is handed in. `cost` lowers the work of hashing PINs and passwords: for tests.
    """
    from app.record.engine import open_store
    from app.settings import load_secrets, load_settings
    from app.web.build import build

    settings = settings or load_settings()
    secrets = load_secrets(settings)
    return build(settings, secrets, store or open_store(settings), cost)
