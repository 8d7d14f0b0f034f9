"""What changed since the last start: settings, release, keys. Each is an event of the site's stream (Q8), without secrets."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from pydantic import SecretStr
from sqlalchemy import Connection, make_url, select

from app.record import acts, notes
from app.record.engine import Store
from app.record.keys import Keyring
from app.record.tables import checkpoint, event
from app.settings import Secrets, Settings

SETTINGS, UPGRADED, KEY = "settings_changed", "upgraded", "key_changed"


def note_start(store: Store, settings: Settings, secrets: Secrets, at: datetime) -> None:
    """Write down what is otherwise than when the program last began to serve."""
    ring = Keyring(settings.data_dir / "backup-keys")
    keys = {"pepper": secrets.pepper_id, "one-time code key": secrets.code_key_id}
    if (ring.folder / "current").exists():
        keys["backup key"] = ring.current

    def work(conn: Connection) -> None:
        _note_settings(conn, settings, at)
        for what, key in keys.items():
            note_key(conn, settings, what, key, at)
        note_signer(conn, settings, at)

    store.write(work)


def _note_settings(conn: Connection, settings: Settings, at: datetime) -> None:
    now, before = shown(settings), _last(conn, settings, SETTINGS, node=node())
    old: Mapping[str, Any] = before["settings"] if before else {}
    release = before["release"] if before else settings.software
    if release != settings.software:
        acts.append(
            conn, settings, settings.site, UPGRADED, {"from": release, "to": settings.software}, who="system", at=at
        )
    changed = sorted(name for name in now.keys() | old.keys() if now.get(name) != old.get(name))
    if changed or release != settings.software:
        data = {
            "settings": now,
            "changed": changed if before else [],
            "first": before is None,
            "release": settings.software,
            "node": node(),
        }
        acts.append(conn, settings, settings.site, SETTINGS, data, who="system", at=at)


def note_key(conn: Connection, settings: Settings, what: str, key: str, at: datetime) -> bool:
    """Write down that a key is another than before; False where it is the same."""
    before = _last(conn, settings, KEY, what)
    if before is not None and before["to"] == key:
        return False
    data = {"what": what, "from": before["to"] if before else "", "to": key}
    acts.append(conn, settings, settings.site, KEY, data, who="system", at=at)
    return True


def note_signer(conn: Connection, settings: Settings, at: datetime) -> bool:
    """Compare the key of the newest checkpoint with the one written down; False where it is the same, or there is none."""
    newest = select(checkpoint.c.note).where(checkpoint.c.site == settings.site)
    newest = newest.order_by(checkpoint.c.epoch.desc(), checkpoint.c.site_seq.desc()).limit(1)
    text = conn.execute(newest).scalar_one_or_none()
    signatures = notes.parse(text).signatures if text else ()
    return bool(signatures) and note_key(conn, settings, "checkpoint key", signatures[-1].key, at)


def shown(settings: Settings) -> dict[str, Any]:
    """Return the settings as they may be read by anyone who reads the record: of a secret only whether it is set."""
    said: dict[str, Any] = settings.model_dump(mode="json")
    for name in said:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            said[name] = "set" if value.get_secret_value() else "not set"
    for name in ("host", "port"):  # given on the command line, and none of the record's business
        del said[name]
    said["database_url"] = make_url(settings.database_url).render_as_string(hide_password=True)
    whole: dict[str, Any] = json.loads(json.dumps(said), parse_float=str)
    return whole


def node() -> str:
    """Return the name of this machine: where several serve one record, each is compared with itself."""
    return platform.node()


def _last(
    conn: Connection, settings: Settings, kind: str, what: str | None = None, node: str | None = None
) -> dict[str, Any] | None:
    """Return the data of the newest event of a kind on the site's stream, of this `what` or machine where one is given."""
    query = select(event.c.body).where(event.c.preparation == settings.site_stream, event.c.kind == kind)
    for body in conn.execute(query.order_by(event.c.version.desc())).scalars():
        data: dict[str, Any] = orjson.loads(body)["data"]
        if (what is None or data["what"] == what) and (node is None or data.get("node", node) == node):
            return data
    return None
