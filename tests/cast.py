"""The cast: Ann and Bo prepare, Pam and Quin judge, Cy lapsed, Lee leads, Dana is both. Plainly fictitious."""

from __future__ import annotations

from datetime import UTC, datetime

from workflows.circumstances import Actor
from workflows.evidence import CoSignature

CODES = ("HD-STERILE", "GRAV", "CSTD")
NEXT_YEAR = datetime(2027, 6, 30, tzinfo=UTC)
LAST_YEAR = datetime(2025, 6, 30, tzinfo=UTC)
NO_PUMPS = tuple((code, NEXT_YEAR) for code in CODES)
CURRENT = (*NO_PUMPS, ("PUMP-CADD", NEXT_YEAR))

ANN = Actor("ann", "Ann Tester", frozenset({"technician"}), CURRENT)
BO = Actor("bo", "Bo Tester", frozenset({"technician"}), CURRENT)
CY = Actor(
    "cy", "Cy Lapsed", frozenset({"technician"}), (("HD-STERILE", LAST_YEAR), ("GRAV", NEXT_YEAR), ("CSTD", NEXT_YEAR))
)
LEE = Actor("lee", "Lee Lead", frozenset({"lead_technician"}), NO_PUMPS)
PAM = Actor("pam", "Pam Pharmacist", frozenset({"pharmacist"}), (), "RPH-1001")
QUIN = Actor("quin", "Quin Pharmacist", frozenset({"pharmacist"}), (), "RPH-1002")
DANA = Actor("dana", "Dana Double", frozenset({"technician", "pharmacist"}), CURRENT, "RPH-1003")
RAE = Actor("rae", "Rae Unlicensed", frozenset({"pharmacist"}))
QA = Actor("vera", "Vera Quality", frozenset({"qa"}))
PRINTER = Actor("system:printer", "label printer", frozenset({"system"}))
SENDER = Actor("system:hl7", "order interface", frozenset({"system"}))

EVERYBODY = (ANN, BO, CY, LEE, PAM, QUIN, DANA, RAE, QA, PRINTER, SENDER)


def cosigned(second: Actor, over: str, at: datetime, meaning: str = "looked at it") -> CoSignature:
    """What a second person's badge and PIN become."""
    return CoSignature(second.id, second.name, second.licence, meaning, "badge and PIN", 2, over, at)
