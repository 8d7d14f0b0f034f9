"""How a station prints: its printer, the dots of its head, its roll, the stock of each kind; proved by a test label scanned back.

What is set up at a desk stands above the settings file, and every change leaves a line (LABELS 7). The folder of the kinds
that write files stays the settings' own: a page names no place on the server's disk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, select

import labels
from app import clock, labelling
from app.record import canonical, outbox
from app.record.outbox import Entry
from app.settings import Settings
from app.station_settings import PrinterSettings
from app.stations import register
from app.stations.register import CheckResult
from app.stations.tables import equipment_event
from devices.printer.raw9100 import place
from devices.scanner import aim, own
from devices.scanner.answer import Refusal
from labels import ENGLISH, LANGUAGES, Label
from labels.language import catalogue
from labels.specimens import TITLES, specimen
from labels.stock import STOCKS, Stock

SET_UP, PROVED = "printer set up", "printer test passed"
"""What the lines in the station's history say."""
TEST = "test"
"""The kind of a test label's row."""
ROLLS = tuple(name for name in STOCKS if name not in ("a4", "letter", "85.6x54"))
"""Stock that comes on a roll; sheets and cards are printed at a desk."""
NEAR = tuple(map(ip_network, ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
"""This machine and private networks (RFC 1918, RFC 4193): a label, which names the patient, leaves the house by no page."""


@dataclass(frozen=True)
class Printing:
    """How one station prints."""

    printer: PrinterSettings
    """Where its labels go."""
    stocks: Mapping[str, str] = field(default_factory=dict)
    """The stock that was chosen for a kind of label; a kind that is missing has its usual one."""
    language: str = ENGLISH
    """Of its labels' sentences and words, one of LANGUAGES."""
    at: datetime | None = None
    """When it was set up at a desk, UTC; None where the settings file alone says it."""

    @property
    def test_stock(self) -> str:
        """The stock of its test label."""
        return self.stocks.get("in_process") or labels.KINDS["in_process"].stock

    def stock_of(self, label: Label, settings: Settings) -> str:
        """Return the stock that a label is printed on: never one smaller than it was laid out for when its order came."""
        kind = labelling.kind_of(label)
        usual, chosen = labelling.usual_stock(label, settings), self.stocks.get(kind, "")
        return chosen if chosen in larger(usual) else usual


@dataclass(frozen=True)
class Tested:
    """The newest test label of a station, and what became of it."""

    entry: Entry
    """Its row of the outbox."""
    proved_at: datetime | None
    """When its code was scanned back, UTC."""
    since_set_up: bool
    """Whether it was printed with the printer as it is set up now."""


def larger(usual: str) -> tuple[str, ...]:
    """Return the rolls on which whatever fits a stock fits too: as wide and as tall at least."""
    least = STOCKS[usual]
    return tuple(name for name in ROLLS if _holds(STOCKS[name], least))


def _holds(stock: Stock, least: Stock) -> bool:
    return stock.width >= least.width and stock.height >= least.height


def printing(conn: Connection, station: str, settings: Settings) -> Printing:
    """Return how a station prints: as it was set up at a desk, else as the settings say."""
    stands = settings.stations.get(station)
    file = stands.printer if stands else PrinterSettings.model_construct()
    row = _last(conn, station, SET_UP)
    if row is None:
        return Printing(file)
    detail: Any = canonical.parse(row.detail)
    stocks = {kind: detail[kind] for kind in TITLES if detail.get(kind)}
    language = detail.get("language", ENGLISH)
    # Health says what is wrong with the texts; until they are mended its labels are English.
    return Printing(_printer(detail, file), stocks, ENGLISH if catalogue(language).trouble else language, row.at)


def _printer(detail: Mapping[str, str], file: PrinterSettings) -> PrinterSettings:
    return PrinterSettings(
        kind=detail["kind"],  # type: ignore[arg-type]  # pydantic holds it to the kinds there are
        queue=detail["queue"],
        url=detail["url"],
        dpi=int(detail["dpi"]),  # type: ignore[arg-type]  # the same
        roll_mm=float(detail["roll_mm"]),
        folder=file.folder,
    )


def set_up(
    conn: Connection, station: str, settings: Settings, given: Mapping[str, str], *, at: datetime, who: str, why: str
) -> CheckResult:
    """Set up a station's printer from the fields of a form, all of them text; False with the reason.

    `given`: kind, queue, url, dpi, roll_mm, language, and a stock for each kind of label in TITLES.
    """
    asked = {name: given.get(name, "") for name in ("kind", "queue", "url", "dpi", "roll_mm", *TITLES)}
    asked["language"] = given.get("language") or ENGLISH
    try:
        printer = _printer(asked, settings.stations[station].printer)
    except ValidationError as error:
        said = error.errors()[0]
        where = f"{str(said['loc'][0]).replace('_', ' ')}: " if said["loc"] else ""
        return CheckResult(False, f"{where}{said['msg'].removeprefix('Value error, ')}.")
    except ValueError:
        return CheckResult(False, "The length of one label on the roll is a number of mm: 76.2, or 0.")
    if asked["language"] not in LANGUAGES:
        return CheckResult(False, f"No label is written in {asked['language']}: choose one of {', '.join(LANGUAGES)}.")
    if trouble := catalogue(asked["language"]).trouble:
        return CheckResult(False, f"No label is printed in that language: {trouble}.")
    if trouble := unfit(printer, settings) or _too_small(asked, settings, printer, at):
        return CheckResult(False, trouble)
    register.note(conn, _named(station), SET_UP, at=at, who=who, station=station, detail={**asked, "why": why})
    return CheckResult(True, f"{station} prints on {printer.named} from now. Print a test label, and scan it.")


def unfit(printer: PrinterSettings, settings: Settings) -> str:
    """Say why no label is sent to a printer, wherever it was set up; empty where one may be.

    A page alone must not be enough to send patients' names anywhere: only into private networks, or to a host of the settings.
    """
    if printer.kind != "raw9100":
        return ""
    host = place(printer.url)[0]
    files = [one.printer.url for one in settings.stations.values() if one.printer.kind == "raw9100"]
    if host in settings.label_printers or host in (place(url)[0] for url in files):
        return ""
    try:
        address = ip_address(host)
    except ValueError:
        return f"{host} is no address by number: give that, or have the settings permit the name (label_printers)."
    if any(address in one for one in NEAR):
        return ""
    return f"{host} is in no private network: labels name the patient. Have the settings permit it (label_printers)."


def withheld(conn: Connection, station: str, settings: Settings, kind: str) -> str:
    """Say why a label of a kind does not leave for this station's printer now; empty where it may.

    A printer that was changed at a desk prints its test label alone until that was scanned back.
    """
    if trouble := unfit(printing(conn, station, settings).printer, settings):
        return f"Nothing was sent. {trouble}"
    changed, proof = _last(conn, station, SET_UP), _last(conn, station, PROVED)
    if kind == TEST or changed is None or (proof is not None and proof.seq > changed.seq):
        return ""
    return (
        f"The printer of {station} was changed. Its test label is to be scanned first, on the page Printer and labels."
    )


def _too_small(asked: Mapping[str, str], settings: Settings, printer: PrinterSettings, at: datetime) -> str:
    """Say which kind of label does not go on the stock that was chosen for it; empty where all do."""
    for kind, title in TITLES.items():
        label = specimen(kind, labels.DEMO if settings.demo else None, settings.site_zone, at, asked["language"])
        usual, stock = labelling.usual_stock(label, settings), asked[kind]
        if stock not in larger(usual):
            return f"{title}: {stock or 'no stock'} is smaller than {usual} mm, for which its orders are judged."
        if printer.roll_mm and STOCKS[stock].height > printer.roll_mm + 1:
            return f"{title}: a label of {stock} mm is longer than one on the roll, {printer.roll_mm:g} mm."
    return ""


def ask_test(conn: Connection, station: str, *, at: datetime, who: str, command_id: str) -> int:
    """Ask for a test label; its code is new each time, and stands on the paper as a symbol alone."""
    payload = {"preparation": "", "kind": TEST, "label": clock.new_id(8), "copy": 1, "who": who, "at": at.isoformat()}
    lane = outbox.test_lane(station)
    return outbox.put(conn, kind="print_label", lane=lane, payload=payload, at=at, command_id=command_id)


def tested(conn: Connection, station: str, settings: Settings) -> Tested | None:
    """Return the newest test label of a station; None where none was asked for."""
    rows = outbox.of_lane(conn, outbox.test_lane(station), 1)
    if not rows:
        return None
    entry = rows[0]
    proof = _last(conn, station, PROVED)
    proven: Any = canonical.parse(proof.detail) if proof is not None else {}
    mine = proven.get("label") == entry.payload["label"]
    set_at = printing(conn, station, settings).at
    return Tested(entry, proof.at if mine else None, set_at is None or entry.made_at >= set_at)


def scanned_back(
    conn: Connection, station: str, settings: Settings, raw: str, *, at: datetime, who: str
) -> CheckResult:
    """Judge the code that was read from a test label, and keep that it was right; False with the reason."""
    read, newest = aim.split(raw.strip()), tested(conn, station, settings)
    found = None if isinstance(read, Refusal) else own.answer(read[1], read[0]).own
    if newest is None:
        return CheckResult(False, "No test label was printed here yet.")
    if not newest.since_set_up:
        return CheckResult(False, "That test label was printed before the printer was changed. Print another.")
    if found is None or found.kind != "S" or found.id != newest.entry.payload["label"]:
        return CheckResult(False, "That is not the code of the newest test label. Scan the square symbol on it.")
    detail = {"label": newest.entry.payload["label"], "printer": printing(conn, station, settings).printer.named}
    register.note(conn, _named(station), PROVED, at=at, who=who, station=station, detail=detail)
    return CheckResult(True, f"The test label of {station} was scanned back: what it prints can be read.")


def _named(station: str) -> str:
    return f"printer {station}"


def _last(conn: Connection, station: str, what: str) -> Any:
    """Return the newest line of a kind about a station's printer, or None."""
    mine = select(equipment_event).where(equipment_event.c.equipment == _named(station), equipment_event.c.what == what)
    return conn.execute(mine.order_by(equipment_event.c.seq.desc()).limit(1)).one_or_none()
