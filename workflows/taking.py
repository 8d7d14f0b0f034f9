"""How often a medicine is taken by mouth: what a sender's word for it means, and which drug is never taken daily."""

from __future__ import annotations

from workflows.fatal import NEVER_DAILY, named

TIMES_A_DAY = {
    "QD": 1,
    "DAILY": 1,
    "Q24H": 1,
    "QAM": 1,
    "QHS": 1,
    "BID": 2,
    "Q12H": 2,
    "TID": 3,
    "Q8H": 3,
    "QID": 4,
    "Q6H": 4,
}
"""How often a day a sender's frequency means; one that is not here is asked about, never guessed."""
OFTEN = {
    "QD": "once a day",
    "DAILY": "once a day",
    "Q24H": "every 24 hours",
    "QAM": "in the morning",
    "QHS": "at bedtime",
    "BID": "morning and evening",
    "Q12H": "every 12 hours",
    "TID": "3 times a day",
    "Q8H": "every 8 hours",
    "QID": "4 times a day",
    "Q6H": "every 6 hours",
}
"""The same as a patient reads it on the label: every name of `TIMES_A_DAY` has its words."""
WEEKLY_ONLY = ("methotrexate",)
"""Drugs that have killed when a weekly dose was taken daily: a daily schedule of them is a hard stop (DOMAIN 4)."""
SELDOM = ("ONCE", "WEEKLY", "Q1W", "QWEEK", "WK", "1 PER 7 D", "1 PER 1 WK")
"""Every spelling of once, or once a week, by which one of them is opened: what is safe, for nobody can list what is not.
`WK` is the code of FHIR's GTSAbbreviation, the last two are what its `timing.repeat` is read as."""


def is_weekly_only(drug: str) -> bool:
    """Say whether a drug, by whatever spelling of its name, is one that is never taken daily."""
    return named(drug, NEVER_DAILY)


def is_seldom(frequency: str) -> bool:
    """Say whether a sender's frequency can mean nothing but once, or once a week."""
    return " ".join(frequency.split()).upper() in SELDOM
