"""What is noted while one order is read, whatever door it came in by: faults, findings, and the texts as received."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.interfaces.profile import Profile
from app.interfaces.reasons import Fault, finding
from workflows.order import OrderFinding, Received


@dataclass(slots=True)
class Notes:
    """The margin of one order."""

    profile: Profile
    """For tables."""
    faults: list[Fault] = field(default_factory=list, kw_only=True)
    """Reasons to refuse."""
    findings: list[OrderFinding] = field(default_factory=list, kw_only=True)
    """What blocks or is shown."""
    received: list[Received] = field(default_factory=list, kw_only=True)
    """Texts as received."""

    def fault(self, reason: str, at: str, received: str = "", hint: str = "") -> None:
        """Note a reason to refuse."""
        self.faults.append(Fault(reason, at, received, hint))

    def note(self, code: str, text: str) -> None:
        """Note a finding."""
        self.findings.append(finding(code, text))

    def unreadable(self, at: str, why: str) -> None:
        """Note a valued field that was not used (I42)."""
        self.note("FIELD_UNREADABLE", f"{at} {why}; it was not used")


def number_hint(text: str) -> str:
    """Return what to send in place of a text that is no plain number (I32)."""
    if "," in text:
        return "use a decimal point and no thousands mark, e.g. 970.5"
    return "send a plain decimal number in the digits 0 to 9, e.g. 970.5"
