"""How often a medicine is taken by mouth: what a sender's word for it means, and which drug is never taken daily."""

from __future__ import annotations

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
