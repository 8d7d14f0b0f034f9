"""The incident report of a spill on paper: what happened, who was exposed and seen, what is still missing (R45)."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.export.recorded import Export, record_export
from app.export.run import Made, digest_of
from app.record import log
from app.record.engine import Store
from app.settings import Settings
from app.stations.incidents import Kept, to_wear
from workflows.spills import Exposure, why_open
from workflows.spills import steps as procedure_steps
from workflows.wording import amount


def incident_report(
    store: Store, settings: Settings, kept: Kept, known: Mapping[str, str], *, who: str, by: str, at: datetime
) -> Made:
    """Print the report, record that it was taken away, and return it."""
    from app.export.paper_drawing import Print  # what draws is loaded with the first paper
    from app.export.paper_pages import Running, laid_out

    made = Print(settings.site_name, settings.zone, at, by, settings.software, settings.demo)
    title = f"Incident report: spill {kept.id}"
    state = "closed" if kept.spill.closed_at else "OPEN"
    running = Running(title, f"Version {kept.version} of the spill's record, {state}")
    with store.reading() as conn:
        wear = to_wear(conn, settings.site, kept.spill)
    content = io.BytesIO(laid_out(_story(kept, known, made, wear), running, made))
    digest, size = digest_of(content)
    name = f"incident-{kept.id}.pdf"

    def work(conn: Connection) -> None:
        export = Export(
            format="incident report",
            filter=f"spill {kept.id}",
            file=name,
            sha256=digest,
            patients="masked",
            rows_are="incident",
            preparations=int(bool(kept.spill.preparation)),
            rows=1,
            size=size,
            as_of=log.head_of(conn, settings.site)[0],
            preparation=kept.spill.preparation,
        )
        record_export(conn, settings, export, who=who, at=at, station="")

    store.write(work)
    return Made(content, name, "application/pdf", 1, int(bool(kept.spill.preparation)), digest, size)


def _story(kept: Kept, known: Mapping[str, str], made: Any, wear: tuple[str, ...]) -> list[Any]:
    from app.export.paper_drawing import HEAD, SMALL, TITLE, WARNING, bold, table, text

    spill = kept.spill
    left = () if spill.closed_at else why_open(spill, made.at, known, wear)
    done = {one.step: one for one in spill.done}
    steps = [["", "what", "done"]]
    for number, (name, words) in enumerate(procedure_steps(wear), 1):
        one = done.get(name)
        steps.append([str(number), words, f"{made.time(one.at)}, {known.get(one.by, one.by)}" if one else "NOT DONE"])
    people: list[Any] = [table(_exposed(one, known, made), (44, 134), head=False) for one in spill.exposed]
    nobody = text("Nobody was exposed." if spill.nobody_exposed else "NOT SAID YET", SMALL)
    return [
        text(f"Spill {kept.id}: {spill.drug}, {spill.place}", TITLE),
        *([text("OPEN. Still missing:", WARNING), *(text(one) for one in left)] if left else []),
        table([[bold(name), words] for name, words in _facts(kept, known, made, wear)], (44, 134), head=False),
        text("Persons exposed", HEAD),
        *(people or [nobody]),
        text("Steps of the procedure", HEAD),
        table(steps, (8, 120, 50)),
        text(f"times in {made.zone.key}", SMALL),
    ]


def _facts(kept: Kept, known: Mapping[str, str], made: Any, wear: tuple[str, ...]) -> list[tuple[str, str]]:
    spill = kept.spill
    volume = "not said" if spill.volume_ml is None else f"about {amount(spill.volume_ml)} mL"
    expiry = f", in date until {spill.kit_expiry.isoformat()}" if spill.kit_expiry else ""
    left = [one for one in wear if one not in spill.worn]
    closed = (
        f"{made.time(spill.closed_at)} by {known.get(spill.closed_by, spill.closed_by)}" if spill.closed_at else "no"
    )
    return [
        ("happened", made.time(spill.happened_at)),
        ("preparation", spill.preparation or "none"),
        ("volume, surface", f"{volume}, {spill.surface or 'surface not said'}"),
        ("spill kit", (spill.kit or "not said") + expiry),
        ("worn", ", ".join(spill.worn) or "nothing said"),
        *([("not worn", f"{', '.join(left)}: {spill.why_not_worn or 'NO REASON SAID'}")] if left else []),
        ("waste", spill.waste or "not said"),
        ("how it came about", spill.cause or "not said"),
        ("closed", closed),
    ]


def _exposed(one: Exposure, known: Mapping[str, str], made: Any) -> list[list[Any]]:
    from app.export.paper_drawing import bold

    contacted = f"{one.service}, {made.time(one.contacted_at)}" if one.service and one.contacted_at else "NOT CONTACTED"
    rows = (
        ("person", known.get(one.person, one.person)),
        ("exposed by", f"{one.route}, {one.part}" if one.part else one.route),
        ("first aid", one.first_aid or "not said"),
        ("emergency service contacted", contacted),
        ("first evaluation", one.outcome or "not said yet"),
    )
    return [[bold(name), words] for name, words in rows]
