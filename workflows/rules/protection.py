"""Protective equipment, cabinet, clocks (R35 to R37, R41, R42)."""

from __future__ import annotations

from datetime import datetime, timedelta

from workflows.evidence import CabinetCode, Confirmation, Photo, Scan
from workflows.findings import Finding
from workflows.preparation import Preparation
from workflows.rules.rule import Case, Rule


def clock_expired(p: Preparation, at: datetime) -> str:
    """Return which clock has run out at `at`, "gloves" or "gown"; empty while both run (R36)."""
    if p.gloves_at is None or at - p.gloves_at >= timedelta(minutes=p.policy.glove_minutes):
        return "gloves"
    if p.gown_at is None or at - p.gown_at >= timedelta(minutes=p.policy.gown_minutes):
        return "gown"
    return ""


def _certified(case: Case[Scan]) -> Finding | None:
    found = case.evidence.found
    if not isinstance(found, CabinetCode):
        return None
    if found.certified_until is None or found.certified_until <= case.now.at:
        says = f"The certification of {found.code} has run out."
        return Finding("NOT_CERTIFIED", says, "Use another cabinet.")
    return None


def _decontaminated(case: Case[Scan]) -> Finding | None:
    found, drug = case.evidence.found, case.preparation.master.drug
    if not isinstance(found, CabinetCode):
        return None
    if found.last_drug and found.last_drug != drug and not found.decontaminated:
        says = f"{found.code} was not decontaminated since {found.last_drug}."
        return Finding(
            "NOT_DECONTAMINATED", says, "Deactivate, decontaminate, clean, disinfect; record it; then scan again."
        )
    return None


def _free(case: Case[Scan]) -> Finding | None:
    if case.now.occupied_by:
        says = f"Preparation {case.now.occupied_by} is open in this cabinet."
        return Finding("CABINET_OCCUPIED", says, "Finish or discard that one first.")
    return None


def _item(case: Case[Confirmation]) -> Finding | None:
    if case.evidence.item == case.item:
        return None
    return Finding("OTHER_ITEM", f"Confirmed {case.evidence.item}; asked for {case.item}.", "Confirm the item shown.")


def _said(case: Case[Confirmation]) -> Finding | None:
    making = case.preparation.recipe.reconstitution
    wanted = "leftovers discarded" if case.slot == "waste" else (making.inspect if making else "")
    if case.evidence.item == wanted:
        return None
    return Finding(
        "OTHER_ITEM", f"Confirmed {case.evidence.item}; asked for {wanted}.", "Confirm what the screen shows."
    )


UNREAD = "label not read"
"""Why a picture of the finished container is refused once in which the code of its label cannot be read."""
POOR = {
    "overexposed": ("More than half of the picture is white.", "Tilt it away from the lamp, and take it again."),
    "dark": ("The picture is too dark.", "Turn the light on or take the hand away, and take it again."),
    "flat": ("The picture shows almost nothing.", "Is the lens covered? Clean it, and take it again."),
    "frozen": (
        "The camera's picture is frozen: it shows an earlier moment.",
        "Plug the camera in again, and take it again.",
    ),
    "empty": ("The picture shows an even surface and nothing on it.", "Put everything into view, and take it again."),
    "glare": ("A band of glare lies across the picture.", "Tilt it, or move the lamp, and take it again."),
    "blurred": ("The picture is blurred.", "Hold still, wait for the focus, and take it again."),
    "too small": ("The picture is too small to zoom in.", "Use the camera's full resolution, and take it again."),
    UNREAD: (
        "The final label cannot be read in the picture.",
        "Turn its code to the camera, come closer, and take it again. If that fails too, the pharmacist is told.",
    ),
}
"""What is said of a poor picture and what to do, the weightiest reason first: a black one is also flat and blurred."""
FOREIGN = "foreign"
"""Why a picture is refused that shows a code of something else; what it is stands behind it."""
UNKNOWN = ("The picture is not good enough.", "Take it again: hold still, more light, no glare.")


def _good_photo(case: Case[Photo]) -> Finding | None:
    photo = case.evidence
    if FOREIGN in photo.why:
        says = f"The picture shows {photo.why[-1]}, which was not scanned for this preparation."
        return Finding("WRONG_THING", says, "Take it away. Look at what lies there, then take a new picture.")
    if photo.verdict != "good":
        says, do = next((words for why, words in POOR.items() if why in photo.why), UNKNOWN)
        return Finding("POOR_PHOTO", says, do)
    if max(photo.width, photo.height) < 1600:
        says = f"The picture is {photo.width} x {photo.height}; the long side must have 1,600 pixels."
        return Finding("SMALL_PHOTO", says, "Use the tablet's full resolution and take it again.")
    if photo.sha256 in case.preparation.pictures or case.now.used_by:
        return Finding("SAME_PHOTO", "This picture was already handed in.", "Take a new picture.")
    return None


IS_A_CERTIFIED_PEC = Rule[Scan]("Its certification is in date (R41).", _certified, edges=("certificate over",))
IS_DECONTAMINATED_SINCE_ANOTHER_DRUG = Rule[Scan](
    "It was decontaminated since another hazardous drug was opened in it (R42).",
    _decontaminated,
    edges=("other drug before",),
)
IS_FREE = Rule[Scan]("No other preparation is open in it (R20).", _free, edges=("another open",))
EVERY_ITEM_CONFIRMED = Rule[Confirmation](
    "Each item is confirmed on its own; none can be left out (R37).", _item, edges=("other item",)
)
IS_CONFIRMED = Rule[Confirmation]("The person says in so many words that it is so.", _said, edges=("other item",))
IS_A_GOOD_PHOTO = Rule[Photo](
    "It is sharp, well exposed, at least 1,600 pixels long, and new (R24).",
    _good_photo,
    edges=("blurred", "small", "same picture"),
)
