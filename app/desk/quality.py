"""A site's quality in figures: what went otherwise, how often, where, with what drug; how long each phase takes.

No figure here is of a person: a table of who errs most teaches people to hide it. Trends are of stations, drugs and
steps. What each person made, and what of it went otherwise, is on a page of quality assurance's own (accuracy.py).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import median, quantiles
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from app.desk.happenings import GROUPS, Happening, Span, happenings, in_words, within
from app.desk.wasted import Wasted, wasted
from app.record.columns import moment
from app.record.tables import event, preparation
from workflows.standing import OUTSIDE

BARS = 31
"""Most bars of the chart: by day up to so many days, by week beyond."""
PHASES = (
    ("opened", "claimed", "waiting to be begun"),
    ("claimed", "label-scan", "being made"),
    ("label-scan", "approve", "waiting for the final check"),
    ("approve", "released", "approved, until the dose leaves"),
    ("opened", "released", "from the order to the released dose"),
)
"""From which moment to which, and what the time between them is called."""
OUTSIDE_WORDS = frozenset(in_words(code) for code in OUTSIDE - {"DOSE_NOT_IN_VOLUME"})
"""What a near miss of a weight outside its tolerance is called."""
NO_COSTS: Mapping[str, Decimal] = {}
LAST_COUNTS = frozenset({"label-scan", "approve"})
"""Where it was done twice, the last time counts: the first was sent back."""


@dataclass(frozen=True)
class Count:
    """How often something happened."""

    what: str
    """What, in words."""
    times: int
    """How often."""
    preparations: int
    """In how many preparations."""


@dataclass(frozen=True)
class Group:
    """One group of GROUPS."""

    name: str
    """Its short name."""
    words: str
    """What it holds."""
    times: int
    """How often in all."""
    preparations: int
    """In how many preparations."""
    per_hundred: str
    """Preparations with one, of each hundred begun; a dash where none was begun."""
    kinds: tuple[Count, ...]
    """Each kind, the most frequent first."""


@dataclass(frozen=True)
class Bar:
    """One day or week of the chart."""

    first: date
    """Its first day."""
    misses: int
    """Near misses."""
    begun: int
    """Preparations begun."""
    outside: int
    """Weighings outside their tolerance."""
    typed: float
    """Codes typed in and not scanned, in percent of all codes; 0 where none was read."""
    turnaround: int
    """Minutes from the order to the released dose that half of the doses released then took no longer than; 0 for none."""


@dataclass(frozen=True)
class Phase:
    """How long one phase took."""

    words: str
    """Which."""
    count: int
    """Of how many preparations."""
    middle: str
    """Half of them took no longer, as 4 min or 1 h 05 min."""
    slow: str
    """Nine of ten took no longer; empty for fewer than ten."""


@dataclass(frozen=True)
class Figures:
    """What a site did within a span."""

    begun: int
    """Preparations that a technician took up."""
    released: int
    """Doses released."""
    scans: int
    """Codes read or typed."""
    typed: str
    """Share of them typed in, in percent; a dash where nothing was scanned."""
    groups: tuple[Group, ...]
    """In the order of GROUPS."""
    drugs: tuple[Count, ...]
    """Near misses by drug."""
    stations: tuple[Count, ...]
    """Near misses by station."""
    bars: tuple[Bar, ...]
    """Near misses by day or week."""
    weekly: bool
    """The bars are weeks."""
    phases: tuple[Phase, ...]
    """In the order of PHASES; those that nothing is known of are left out."""
    outside: str
    """Share of all weighings that were outside their tolerance, in percent; a dash where nothing was weighed."""
    weighings: int
    """How many weighings that is the share of."""
    work: tuple[Count, ...]
    """Preparations begun by station, however often each was taken up."""
    wasted: tuple[Wasted, ...]
    """What was thrown away, by drug."""


def figures(conn: Connection, span: Span, costs: Mapping[str, Decimal] = NO_COSTS) -> Figures:
    """Return the figures of a span; `costs`: what a milligram costs by drug, in small letters."""
    found = tuple(happenings(conn, span))
    moments = _moments(conn, span)
    begun = {id: at["claimed"] for id, at in moments.items() if "claimed" in at}
    misses = [one for one in found if one.group == "near miss"]
    scanned, typed = _scans(conn, span), [one.at for one in found if one.group == "typed"]
    off = {(one.preparation, one.at) for one in misses if one.kind in OUTSIDE_WORDS}
    weighings = _weighings(conn, span)
    weekly = (span.last - span.first).days >= BARS
    return Figures(
        begun=len(begun),
        released=sum("released" in at for at in moments.values()),
        scans=len(scanned),
        typed=_share(len(typed), len(scanned)),
        groups=tuple(_group(name, [one for one in found if one.group == name], len(begun)) for name in GROUPS),
        drugs=_counts((one.drug, one.preparation) for one in misses),
        stations=_counts((one.station or "at a desk", one.preparation) for one in misses),
        bars=_bars(
            span,
            weekly,
            Told([one.at for one in misses], begun.values(), [at for _, at in off], scanned, typed, moments.values()),
        ),
        weekly=weekly,
        phases=tuple(_phases(moments.values())),
        outside=_share(len(off), weighings),
        weighings=weighings,
        work=_work(conn, span),
        wasted=wasted(conn, span, costs),
    )


def took(conn: Connection, span: Span, words: str, most: int) -> tuple[Happening, ...]:
    """Return the preparations that went through a phase within a span, the longest first; `most` of them at most."""
    begins, ends = next((one[:2] for one in PHASES if one[2] == words), ("", ""))
    through = [
        (at[ends] - at[begins], id, at[ends]) for id, at in _moments(conn, span).items() if {begins, ends} <= set(at)
    ]
    longest = sorted(through, reverse=True)[:most]
    where = select(preparation.c.id, preparation.c.drug, preparation.c.station)
    rows = conn.execute(where.where(preparation.c.id.in_([id for _, id, _ in longest]))).all()
    known = {row.id: (row.drug, row.station or "") for row in rows}
    return tuple(
        Happening(id, known[id][0], at, known[id][1], "phase", words, f"took {_length(long.total_seconds() / 60)}")
        for long, id, at in longest
    )


def _group(name: str, found: Sequence[Happening], begun: int) -> Group:
    ids = {one.preparation for one in found}
    kinds = _counts((one.kind, one.preparation) for one in found)
    return Group(name, GROUPS[name], len(found), len(ids), _share(len(ids), begun), kinds)


def _counts(said: Iterable[tuple[str, str]]) -> tuple[Count, ...]:
    times: Counter[str] = Counter()
    ids: dict[str, set[str]] = defaultdict(set)
    for what, id in said:
        times[what] += 1
        ids[what].add(id)
    return tuple(Count(what, number, len(ids[what])) for what, number in sorted(times.items(), key=_most_first))


def _most_first(one: tuple[str, int]) -> tuple[int, str]:
    return -one[1], one[0]


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}" if whole else "–"


def _scans(conn: Connection, span: Span) -> list[datetime]:
    """Return when each code was read or typed."""
    scan = event.c.body.contains('"kind":"scan"', autoescape=True)
    query = select(event.c.at).select_from(event.join(preparation, preparation.c.id == event.c.preparation))
    found = conn.execute(query.where(event.c.kind == "accepted", scan, *within(conn, span))).scalars()
    return [moment(at) for at in found]


def _weighings(conn: Connection, span: Span) -> int:
    """Return how many weights were judged: those accepted, and those refused."""
    weighed = event.c.body.contains('"kind":"weighing"', autoescape=True)
    query = select(func.count()).select_from(event.join(preparation, preparation.c.id == event.c.preparation))
    kinds = event.c.kind.in_(("accepted", "rejected"))
    return conn.execute(query.where(kinds, weighed, *within(conn, span))).scalar() or 0


def _work(conn: Connection, span: Span) -> tuple[Count, ...]:
    """Return how many preparations were taken up at each station, and how often in all."""
    times, different = func.count(), func.count(event.c.preparation.distinct())
    query = select(event.c.station, times.label("times"), different.label("different"))
    query = query.select_from(event.join(preparation, preparation.c.id == event.c.preparation))
    query = query.where(event.c.kind == "claimed", *within(conn, span)).group_by(event.c.station)
    found = [Count(row.station or "at a desk", row.times, row.different) for row in conn.execute(query)]
    return tuple(sorted(found, key=lambda one: (-one.preparations, one.what)))


def taken_up(conn: Connection, span: Span) -> tuple[Happening, ...]:
    """Return each taking up of a preparation within a span, newest first; by whom is not said."""
    query = select(event.c.preparation, event.c.at, event.c.station, preparation.c.drug)
    query = query.select_from(event.join(preparation, preparation.c.id == event.c.preparation))
    rows = conn.execute(query.where(event.c.kind == "claimed", *within(conn, span)).order_by(event.c.site_seq.desc()))
    return tuple(
        Happening(row.preparation, row.drug, moment(row.at), row.station or "", "work", "taken up", "") for row in rows
    )


def _moments(conn: Connection, span: Span) -> dict[str, dict[str, datetime]]:
    """Return when each preparation reached the ends of its phases within the span."""
    slots = or_(*(event.c.body.contains(f'"slot":"{slot}"', autoescape=True) for slot in sorted(LAST_COUNTS)))
    wanted = or_(event.c.kind.in_(("opened", "claimed", "released")), and_(event.c.kind == "accepted", slots))
    is_approval = event.c.body.contains('"slot":"approve"', autoescape=True)
    query = select(event.c.preparation, event.c.kind, event.c.at, is_approval.label("approval"))
    whole = Span(span.site, span.first, span.last, span.zone, span.drug)
    query = query.where(preparation.c.id == event.c.preparation, wanted, *within(conn, whole))
    if span.station:
        query = query.where(preparation.c.station == span.station)
    found: dict[str, dict[str, datetime]] = defaultdict(dict)
    for row in conn.execute(query.order_by(event.c.site_seq)):
        name = row.kind if row.kind != "accepted" else "approve" if row.approval else "label-scan"
        if name in LAST_COUNTS or name not in found[row.preparation]:
            found[row.preparation][name] = moment(row.at)
    return found


@dataclass(frozen=True)
class Told:
    """When each thing of the charts happened."""

    misses: Iterable[datetime]
    begun: Iterable[datetime]
    outside: Iterable[datetime]
    scanned: Iterable[datetime]
    """Codes read or typed."""
    typed: Iterable[datetime]
    doses: Iterable[Mapping[str, datetime]]
    """The ends of each preparation's phases."""


def _bars(span: Span, weekly: bool, told: Told) -> tuple[Bar, ...]:
    long = 7 if weekly else 1

    def which(at: datetime) -> int:
        return (at.astimezone(span.zone).date() - span.first).days // long

    counted = [Counter(map(which, at)) for at in (told.misses, told.begun, told.outside, told.scanned, told.typed)]
    minutes: dict[int, list[float]] = defaultdict(list)
    for at in told.doses:
        if {"opened", "released"} <= set(at):
            minutes[which(at["released"])].append((at["released"] - at["opened"]).total_seconds() / 60)
    made = []
    for number in range((span.last - span.first).days // long + 1):
        missed, begun, outside, scanned, typed = (one[number] for one in counted)
        share = round(100 * typed / scanned, 1) if scanned else 0.0
        half = round(median(minutes[number])) if minutes[number] else 0
        made.append(Bar(span.first + timedelta(days=number * long), missed, begun, outside, share, half))
    return tuple(made)


def _phases(found: Iterable[Mapping[str, datetime]]) -> Iterable[Phase]:
    known: list[Any] = list(found)
    for begins, ends, words in PHASES:
        took = [at[ends] - at[begins] for at in known if begins in at and ends in at]
        minutes = [one.total_seconds() / 60 for one in took if one >= timedelta(0)]
        if minutes:
            slow = _length(quantiles(minutes, n=10)[-1]) if len(minutes) >= 10 else ""
            yield Phase(words, len(minutes), _length(median(minutes)), slow)


def _length(minutes: float) -> str:
    whole = round(minutes)
    if whole < 1:
        return "under 1 min"
    return f"{whole} min" if whole < 60 else f"{whole // 60} h {whole % 60:02} min"
