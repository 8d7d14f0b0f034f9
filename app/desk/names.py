"""Printed names of everybody whose id stands in a record, the machines included."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import Connection, select

from app.people.tables import person
from app.record.prepared import Prepared

MACHINES = {
    "system:interface": "order interface",
    "system:hl7": "order interface",
    "system:printer": "label printer",
    "system:stations": "station",
}


_NAMES = Prepared(select(person.c.id, person.c.printed_name))


def names(conn: Connection) -> Mapping[str, str]:
    """Return every printed name by person id."""
    return MappingProxyType({**MACHINES, **dict(_NAMES.rows(conn, {}))})


def name_of(known: Mapping[str, str], who: str) -> str:
    """Return the printed name, or the id where there is none; empty stays empty."""
    return known.get(who, who)
