"""What is so while a command is judged: time, person, second person, balance. Handed in, never asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from workflows.clearances import Clearance
from workflows.evidence import CoSignature
from workflows.open_vial import StandsOpen


@dataclass(frozen=True, slots=True)
class Emergency:
    """Emergency access that somebody has open at a station (Q30)."""

    reason: str
    """Why, in words."""
    until: datetime
    """End, aware, UTC."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, or the system itself, as the rules know them."""

    id: str
    """Never re-used; two accounts of one person carry one id (Q25)."""
    name: str
    """Printed name, as a signature shows it."""
    roles: frozenset[str]
    """technician, lead_technician, pharmacist, qa, admin, informatics, system."""
    competencies: tuple[tuple[str, datetime], ...] = ()
    """Pairs of competency code and the moment it lapses (R44), in UTC."""
    licence: str = ""
    """Licence number of a pharmacist who may work for this site; empty for everybody else."""
    no_licence: str = ""
    """Why a pharmacist's licence does not count at this site and time, in words (R25)."""
    emergency: Emergency | None = None
    """Emergency access, open or over; None: none was opened."""
    wanting: tuple[tuple[str, str], ...] = ()
    """Pairs of code and, in words, why what is on record under it does not count here and now (G11, G17)."""

    def holds(self, code: str, at: datetime) -> bool:
        """Say whether the competency `code` is current at the aware time `at` (R44)."""
        return any(code == held and at < until for held, until in self.competencies)

    def in_emergency(self, at: datetime) -> bool:
        """Say whether emergency access is open at the aware time `at` (Q30)."""
        return self.emergency is not None and at < self.emergency.until


@dataclass(frozen=True, slots=True)
class BalanceStatus:
    """What the station knows of its balance, as equipment."""

    name: str
    """Name on the equipment register, e.g. BAL-1."""
    serial: str
    """Serial number that the instrument must report."""
    division_g: Decimal
    """Scale division d in g."""
    repeatability_g: Decimal
    """Standard deviation s in g, measured at this station with the cabinet running (R13)."""
    capacity_g: Decimal
    """Greatest load in g."""
    checked_at: datetime | None
    """When today's check with two weights passed (R15); None if it has not."""
    check_valid_until: datetime | None
    """End of that check: a shift or 24 h, at once after a restart or a move."""
    calibrated_until: datetime | None
    """Expiry of the calibration certificate."""
    qualified_at: datetime | None = None
    """When `repeatability_g` was measured at this station; None: as it was entered on the register."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All that a decision may take into account beside the preparation and the command."""

    at: datetime
    """The command's one clock reading, aware, UTC."""
    who: Actor
    """The person at the tablet or desk."""
    station: str
    """Station code, e.g. HOOD-1; empty at a desk."""
    second: Actor | None = None
    """A second person who signed this one command."""
    balance: BalanceStatus | None = None
    """The station's balance; None where there is none."""
    occupied_by: str | None = None
    """Another open preparation at this station or in the cabinet that the command names, if any (R20)."""
    head: str = ""
    """Digest of the preparation's last event, hex: what a signature made now is over (Q26)."""
    preparation: str = ""
    """Id of the preparation that the command is for; empty where it has none yet."""
    used_by: str = ""
    """Another preparation that the scanned unit, or the picture, already belongs to (R16)."""
    no_stock: str = ""
    """Why the opened vial in hand is no stock, in words: thrown away, or its cabinet opened for another drug or cleaned since."""
    standing: tuple[StandsOpen, ...] = ()
    """Opened vials that stand in the cabinet that is scanned: used and discarded ones do not."""
    history: int = 0
    """Number of the last line of the cabinet's history when this preparation's vials were opened first (R32)."""
    recalled: str = ""
    """What is recalled by now of everything that went in, in words (R19)."""
    order_blocked: str = ""
    """What a pharmacist still has to clear on the order, in words."""
    labels_open: str = ""
    """Copies of its final label that nobody has accounted for, in words (L5)."""
    clearances: tuple[Clearance, ...] = ()
    """What was confirmed of the order and not taken back, oldest first (R57)."""
    release_signature: Literal["pin", "passkey"] = "pin"
    """What the site has pharmacists approve with (Q28)."""
    cosigned: CoSignature | None = None
    """How the second person signed this one command; None where nobody did."""
