"""The page inside a bundle: events, photos and signatures in plain words, in one file that opens from disk without a server."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import jinja2
from markupsafe import Markup
from sqlalchemy import Connection, select

from app.desk.opened import Opened, load
from app.desk.patients import Patient
from app.desk.record_page import RecordPage, record_page
from app.desk.visible import visible
from app.record.tables import preparation
from app.settings import Settings

if TYPE_CHECKING:
    from app.export.single import Rooms

HERE = files("app.export")
INDEX = "index.html"
"""What people open first."""
_BODY = "\0BODY\0"
"""Stands where the sections go; no text of a record can hold it, for every text is escaped."""
NO_PATIENT = Patient("", "", "", "", masked=True)


def page_of(rooms: Rooms, at: datetime) -> Callable[[Opened, RecordPage], bytes]:
    """Return what draws the page of one preparation, photos included as far as they may be shown."""

    def draw(opened: Opened, page: RecordPage) -> bytes:
        wanted = (one.sha256 for one in page.photos if one.sha256 not in page.held_back)
        found = ((sha, rooms.copies.get(rooms.blobs, sha, "thumb")) for sha in wanted)
        thumbs = {sha: _inline(one) for sha, one in found if isinstance(one, bytes)}
        title = f"Preparation {opened.row.id}: {page.drug} {page.dose}"
        before, after = _around(title, f"bundle-{opened.row.id}.zip", rooms.settings, at)
        return f"{before}{_section(page, thumbs, rooms.settings.zone)}{after}".encode()

    return draw


def everything(
    conn: Connection, settings: Settings, at: datetime, file: str, only: str | None = None
) -> Iterator[bytes]:
    """Yield the page of a bundle, one section a preparation, of all or of one; without pictures and without patients."""
    before, after = _around(f"Preparation {only}" if only else "The whole record", file, settings, at)
    yield before.encode()
    query = select(preparation.c.id).order_by(preparation.c.due, preparation.c.id)
    for one in conn.execute(query if only is None else query.where(preparation.c.id == only)).scalars().all():
        opened = load(conn, settings.site, one, lambda _: NO_PATIENT)
        if opened is None:
            continue
        page = record_page(one, opened, held_back=frozenset(), replaced_by="")
        title = f"Preparation {one}: {page.drug} {page.dose}, {page.state}"
        head = Markup("<details{}><summary>{}</summary>").format(" open" if only else "", visible(title))
        yield f"{head}{_section(page, {}, settings.zone)}</details>\n".encode()
    yield after.encode()


def _around(title: str, file: str, settings: Settings, at: datetime) -> tuple[str, str]:
    """Return what stands before and after the sections."""
    style = Markup("<style>\n{}</style>").format(Markup(HERE.joinpath("reader.css").read_text(encoding="utf-8")))  # noqa: S704  # our own file
    whole = (
        _templates(settings.zone)
        .get_template("reader.html")
        .render(
            title=title,
            file=file,
            style=style,
            body=Markup(_BODY),  # noqa: S704  # our own mark
            made_at=f"{at.astimezone(settings.zone):%Y-%m-%d %H:%M:%S}",
            software=settings.software,
            site=f"{settings.site_name} ({settings.site})",
            zone=settings.zone.key,
            demo=settings.demo,
        )
    )
    before, _, after = whole.partition(_BODY)
    return before, after


def _section(page: RecordPage, thumbs: Mapping[str, str], zone: ZoneInfo) -> str:
    return _templates(zone).get_template("reader_preparation.html").render(page=page, thumbs=thumbs)


def _inline(picture: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}"


@lru_cache(maxsize=4)
def _templates(zone: ZoneInfo) -> jinja2.Environment:
    """Return an environment that escapes everything and shows hidden marks as their codes."""
    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: HERE.joinpath(name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["moment"] = lambda at: f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
    return made


def _shown(value: object) -> object:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
