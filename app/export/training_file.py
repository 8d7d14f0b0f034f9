"""The training file of a person for an inspector: who was trained for what, on paper and as a table (G14, R44)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from app.desk.names import name_of
from app.export.cells import About, Row, columns
from app.export.csv_file import CsvFile
from app.export.recorded import Export, record_export
from app.export.run import Made, digest_of
from app.people import competencies, credentials, trainings
from app.people.accounts import Person
from app.people.competencies import Competency, Waiver
from app.people.credentials import Credential
from app.people.trainings import Training
from app.record import log
from app.record.engine import Store
from app.settings import Settings

COLUMNS = columns(
    "person", "kind", "what", "counts_at", "from:time", "until:time", "state", "by", "verified_or_signed_by", "rests_on"
)
SCHEMA = "vialtrace training file 1"


@dataclass(frozen=True)
class File:
    """Everything on record of one person's training."""

    person: Person
    """Whose."""
    known: Mapping[str, str]
    """Printed names."""
    competencies: Sequence[Competency]
    """At whatever site, lapsed or not."""
    waivers: Sequence[Waiver]
    """Every one, newest first."""
    credentials: Sequence[Credential]
    """Also those taken back."""
    trainings: Sequence[Training]
    """Newest first."""


def read(conn: Connection, person: Person, known: Mapping[str, str]) -> File:
    """Read one person's file."""
    return File(
        person,
        known,
        competencies.of(conn, person.id),
        competencies.waivers(conn, person.id),
        credentials.of(conn, person.id),
        trainings.of(conn, person.id),
    )


def on_paper(store: Store, settings: Settings, file: File, *, who: str, by: str, at: datetime) -> Made:
    """Print the file, record that it was taken away, and return it."""
    from app.export.paper_drawing import Print  # what draws is loaded with the first paper
    from app.export.paper_pages import Running, laid_out

    made = Print(settings.site_name, settings.zone, at, by, settings.software, settings.demo)
    running = Running(f"Training file: {file.person.name}", f"As on record {made.time(at)}")
    content = io.BytesIO(laid_out(_story(file, made), running, made))
    return _taken_away(store, settings, file, content, "pdf", who=who, at=at)


def as_table(store: Store, settings: Settings, file: File, *, who: str, at: datetime) -> Made:
    """Write the file as CSV, record that it was taken away, and return it."""
    content = io.BytesIO()
    with store.reading() as conn:
        newest = log.head_of(conn, settings.site)[0]
    about = About(
        schema=SCHEMA,
        filter=f"person {file.person.id}",
        patients="none",
        zone=settings.zone,
        site=settings.site,
        software=settings.software,
        as_of=newest,
        demo=settings.demo,
    )
    table = CsvFile(content, COLUMNS, about)
    for cells in _lines(file, at):
        table.add(Row(cells))
    table.close()
    return _taken_away(store, settings, file, content, "csv", who=who, at=at)


def _taken_away(
    store: Store, settings: Settings, file: File, content: io.BytesIO, kind: str, *, who: str, at: datetime
) -> Made:
    digest, size = digest_of(content)
    name, rows = f"training-{file.person.id}.{kind}", sum(1 for _ in _lines(file, at))

    def work(conn: Connection) -> None:
        export = Export(
            format="training file",
            filter=f"person {file.person.id}",
            file=name,
            sha256=digest,
            patients="none",
            rows_are="training",
            preparations=0,
            rows=rows,
            size=size,
            as_of=log.head_of(conn, settings.site)[0],
        )
        record_export(conn, settings, export, who=who, at=at, station="")

    store.write(work)
    media = "application/pdf" if kind == "pdf" else "text/csv; charset=utf-8"
    return Made(content, name, media, rows, 0, digest, size)


def _lines(file: File, at: datetime) -> Iterator[tuple[Any, ...]]:
    """Return what is on record, one line each, in the order of COLUMNS."""
    named, who = file.person.name, partial(name_of, file.known)
    for held in file.competencies:
        state = "lapsed" if held.until <= at else "counts"
        where = held.site or "every site"
        yield (
            named,
            "competency",
            held.code,
            where,
            held.assessed,
            held.until,
            state,
            who(held.assessor),
            "",
            held.evidence,
        )
    for waiver in file.waivers:
        where, state = waiver.site or "every site", "ended" if waiver.until <= at else "counts"
        yield named, "waiver", waiver.code, where, waiver.since, waiver.until, state, who(waiver.by), "", waiver.reason
    for one in file.credentials:
        paper, where = one.paper, " ".join(one.paper.states) or "everywhere"
        what, rests = f"{paper.code} {paper.number}, {paper.issuer}", f"{paper.evidence} {paper.digest}".strip()
        until, by, second = paper.until, who(one.entered_by), who(one.verified_by)
        yield named, "credential", what, where, paper.issued, until, _paper_state(one, at), by, second, rests
    for took in file.trainings:
        yield (
            named,
            "training",
            *_trained(took),
            who(took.entered_by),
            named if took.signed else "",
            took.taken.evidence,
        )


def _trained(one: Training) -> tuple[Any, ...]:
    taken = one.taken
    about = [
        taken.part,
        taken.route,
        *(["oncology"] if taken.oncology else []),
        *(["accredited"] if taken.accredited else []),
    ]
    what = f"{taken.plan}: {taken.item} ({', '.join(about)}), by {taken.trainer}"
    state = f"{'passed' if taken.passed else 'FAILED'} {taken.result}".strip()
    return what, "", taken.on, None, state if one.signed else f"{state}; not signed by themselves"


def _paper_state(one: Credential, at: datetime) -> str:
    if one.ended is not None:
        return f"taken back: {one.ended_why}"
    if one.verified is None:
        return "not verified"
    return "lapsed" if one.paper.until is not None and one.paper.until <= at else "counts"


def _story(file: File, made: Any) -> list[Any]:
    from app.export.paper_drawing import HEAD, SMALL, TITLE, WARNING, text

    person = file.person
    licence = f"; licence {person.licence} for {', '.join(sorted(person.licence_states))}" if person.licence else ""
    lacks = trainings.missing_parts(file.trainings)
    parts = (
        ("Competencies", "competency"),
        ("Lapsed competencies let count for hours", "waiver"),
        ("Certificates and registrations", "credential"),
        ("Training", "training"),
    )
    lines = tuple(_lines(file, made.at))
    return [
        text(f"Training file of {person.name}", TITLE),
        text(f"{', '.join(sorted(person.roles)).replace('_', ' ')}{licence}{'' if person.active else '; LEFT'}"),
        *([text(f"No training passed and signed for: {', '.join(lacks)}.", WARNING)] if lacks else []),
        *(
            drawn
            for words, kind in parts
            for drawn in (text(words, HEAD), *_table([line for line in lines if line[1] == kind], made))
        ),
        text(f"times in {made.zone.key}", SMALL),
    ]


def _table(lines: Iterable[tuple[Any, ...]], made: Any) -> list[Any]:
    from app.export.paper_drawing import SMALL, table, text

    rows = [
        [
            what,
            where,
            _day(since, made),
            _day(until, made),
            state,
            f"{by}, {second}" if second else by,
            rests,
        ]
        for _, _, what, where, since, until, state, by, second, rests in lines
    ]
    head = ["what", "where", "from", "until", "state", "by", "rests on"]
    return [table([head, *rows], (46, 18, 18, 18, 24, 24, 30))] if rows else [text("None on record.", SMALL)]


def _day(at: datetime | None, made: Any) -> str:
    return "–" if at is None else f"{at.astimezone(made.zone):%Y-%m-%d}"
