"""The safety sentences that the walk proves, by number: nine that are true of every workflow, and each container's own."""

from __future__ import annotations

from dataclasses import dataclass

PROPERTIES = {
    1: "Nothing is released unless a pharmacist who did none of the preparing signed it, after the last change.",
    2: "Nothing is released unless every ingredient was identified by scan (or by a witnessed entry a pharmacist "
    "accepted), in date, not recalled.",
    3: "Nothing is released unless every dose-bearing transfer was weighed inside tolerance on a qualified balance, "
    "or went the pharmacist-authorised volumetric path with photo and second person.",
    4: "No weighing is accepted before the identity of what is weighed is.",
    5: "No step is done by a person not entitled and currently competent, but for what was running and is finished in "
    "recorded emergency access; no one verifies their own work.",
    6: "No step starts on expired gloves, an uncertified cabinet, or a cabinet not decontaminated since another "
    "hazardous drug.",
    7: "Nothing is released past its beyond-use time; nothing is released after its order was cancelled or changed, or "
    "without what the site requires to be confirmed of the order.",
    8: "Every closed preparation has an account of every container opened: used, kept with a limit, or wasted.",
    9: "From every open state there is a way to finish or to discard; no state is a dead end.",
}
"""The sentences by number, true of every workflow."""
OF_ADDITIONS = {
    17: "Nothing is passed that a site's policy added: each sentence is confirmed at its point, by whom the policy names, before "
    "what comes after it, and anew with a new label.",
}
"""What is true besides wherever a site's policy adds anything."""
OF_LIQUIDS = {
    20: "Nothing is released whose concentration in its final container, worked out from what was weighed or read, is outside "
    "the limits of its recipe.",
}
"""What is true besides of whatever has a concentration."""
OF_SYRINGES = {
    10: "A vinca drug, which is fatal by any route but intravenous, is never released in a syringe.",
    16: "An intrathecal dose is released only of a drug that is given there, by a recipe for that alone, free of preservative, "
    "out of a cabinet that was decontaminated after whatever was in it and confirmed to hold nothing else, after a pharmacist "
    "looked at it.",
    11: "What is released in a syringe is one syringe, planned to be filled to three quarters of its size at most.",
}
"""The sentences that are true of a syringe as the final container besides."""
OF_ORAL = {
    10: "A vinca drug, which is fatal by any route but intravenous, is never released to be taken by mouth.",
    11: "What is released in an oral syringe is one, planned to be filled to three quarters of its size at most.",
    12: "What is taken by mouth is released only in a syringe that was scanned as an oral one of the planned size, before it was "
    "weighed, by an order and a recipe for that route alone; nobody can accept another syringe.",
    13: "Nothing is drawn to be taken by mouth from a bottle that was not shaken since the empty syringe was weighed.",
    14: "Nothing is released to be taken by mouth whose volume lies between two marks of its oral syringe.",
    15: "Nothing that kills when taken daily (methotrexate) is released to be taken by mouth unless its order says "
    "once or weekly.",
    16: "Nothing is released to be taken by mouth where its order names another volume, by more than one mark of the syringe.",
    18: "Nothing is released to be taken by mouth for an order of several doses, or of a repeated one without their number.",
    19: "Nothing is released to be taken by mouth by a recipe that dates it later than 35 days after it was drawn.",
}
"""The sentences that are true of a liquid by mouth besides."""
OF_PUMPS = {
    12: "A vinca drug is never released in a pump: it is made in a bag.",
    13: "Nothing is released in a pump unless its rate, which the pump can be set to, times its hours is the volume to "
    "infuse, and the dose is in that volume within its limits.",
    14: "Nothing is released in a pump unless its reservoir is of the kind and size that was planned, was weighed full "
    "within its limits, and its air and clamp were seen to.",
}
"""The sentences that are true of every pump besides."""
OF_CASSETTES = {
    15: "No cassette is released unless two people read its pump's programme, each from the screen, and it is the planned "
    "one, of an entry of the drug library that a pharmacist and a nurse signed; and a picture shows the screen.",
}
"""What is true of a cassette besides: its pump is set by people."""
OF_COUNTS = {
    3: "Nothing is released unless it was counted twice, one count after the other, and both are the number that was ordered.",
    4: "Nothing is counted before every stock bottle is identified, nothing is weighed and no label printed before both counts "
    "stand.",
    10: "Nothing for which stock was brought in is closed unless tray and spatula were decontaminated after the last thing "
    "that lay, or may have lain, in the tray.",
    11: "Nothing is begun or released unless strength times number is dose times doses, in whole units of one strength, and "
    "for no more days than may be given out at once.",
    12: "Nothing is counted or released from stock that expires while it is taken, or that did not hold so many.",
    13: "No second count is accepted that is not the first one, nor after two that differed until both are made anew; where the "
    "weight of the units can tell the number from the next, none is released that it does not bear out.",
}
"""By number: two in the place of those that speak of weighing, and a count's own."""


@dataclass(frozen=True, slots=True)
class Breach:
    """An event that breaks a property."""

    property: int
    """Its number."""
    says: str
    """What is wrong, in words."""


def sentences(container: str) -> dict[int, str]:
    """Return every sentence that is true of what is made in `container`, by number."""
    own = {
        "syringe": OF_SYRINGES,
        "oral syringe": OF_ORAL,
        "cassette": OF_PUMPS | OF_CASSETTES,
        "elastomeric": OF_PUMPS,
    }
    own |= dict.fromkeys(("tablets", "capsules"), OF_COUNTS)
    strength = OF_LIQUIDS if own.get(container) is not OF_COUNTS else {}
    return PROPERTIES | own.get(container, {}) | strength | OF_ADDITIONS
