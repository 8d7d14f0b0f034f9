"""The demo's orders: messages of invented people, with their times filled in from the moment they are asked for."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from importlib import resources
from zoneinfo import ZoneInfo

TOKEN = re.compile(r"\{due:([+-])(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?\}")


def fill_times(text: str, at: datetime, zone: ZoneInfo) -> str:
    """Return the text with each {due:+1h30m} replaced by that time from `at` (aware), as an HL7 time with offset."""

    def one(match: re.Match[str]) -> str:
        sign, days, hours, minutes = match.groups()
        span = timedelta(days=int(days or 0), hours=int(hours or 0), minutes=int(minutes or 0))
        return f"{(at - span if sign == '-' else at + span).astimezone(zone):%Y%m%d%H%M%S%z}"

    return TOKEN.sub(one, text)


def demo_orders(at: datetime, zone: ZoneInfo) -> list[tuple[str, bytes]]:
    """Return (file name, message) of every demo order, due from `at` on, in the order of their names."""
    folder = resources.files("app.interfaces") / "demo_orders"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".hl7")), key=lambda file: file.name)
    return [(file.name, fill_times(file.read_bytes().decode("utf-8"), at, zone).encode("utf-8")) for file in files]
