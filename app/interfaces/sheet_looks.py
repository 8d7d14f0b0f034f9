"""What a workbook shows otherwise than it holds: hidden rows and columns, merged cells, formats that show another number (I62).

Whoever filled the sheet read what it shows. What is stored beneath is no order of theirs.
"""

from __future__ import annotations

import re
from decimal import Decimal

HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*\s(?:hidden="(?:1|true)"|ht="0(?:\.0*)?")')
HIDDEN_COLUMN = re.compile(rb'<(?:\w+:)?col\b[^>]*\s(?:hidden="(?:1|true)"|width="0(?:\.0*)?")[^>]*>')
FIRST = re.compile(rb'\bmin="(\d+)"')
MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b")
PLAIN = re.compile(r"(?:#,##)?#*0+(?:\.(?P<places>[0#]+))?")
"""Formats that show the digits of a number and nothing else."""
SHOWN_WHOLE = frozenset({"General", "@", "GENERAL"})


def unseen(sheet: bytes, columns: int) -> str:
    """Return what of a sheet's XML nobody sees, in words; empty where all of its first `columns` columns is seen."""
    if HIDDEN_ROW.search(sheet):
        return "rows of the sheet are hidden or filtered out: show them all, or delete them"
    firsts = (FIRST.search(one[0]) for one in HIDDEN_COLUMN.finditer(sheet))
    if any(first is None or int(first[1]) <= columns for first in firsts):
        return "columns of the sheet are hidden: show them all"
    return "cells of the sheet are merged: write each value in its own cell" if MERGED.search(sheet) else ""


def shows_otherwise(value: Decimal, how: str) -> bool:
    """Say whether a number cell of the format `how` shows another number than it holds: as percent, rounded, with a unit."""
    if how in SHOWN_WHOLE:
        return False
    plain = PLAIN.fullmatch(how)
    if plain is None:
        return True
    places = len(plain["places"] or "")
    return value != round(value, places)


def words_otherwise(how: str) -> bool:
    """Say whether a text cell of the format `how` shows another text than it holds: one hidden, or with more around it."""
    return how.count(";") > 2 or ("@" in how and how != "@")
