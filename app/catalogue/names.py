"""Drug names as screens and labels print them: tall-man where the site's table has a form (N1)."""

from __future__ import annotations

import unicodedata

from sqlalchemy import Connection, select

from app.catalogue.tables import tallman

MINUS = "\N{MINUS SIGN}"
"""Looks like a dash and counts as none."""


def printed_name(conn: Connection, drug: str) -> str:
    """Return a drug's name as screens and labels print it (N1)."""
    found = conn.execute(select(tallman.c.printed).where(tallman.c.name == drug.casefold())).scalar_one_or_none()
    return found or drug


def printed_in(conn: Connection, text: str, drug: str) -> str:
    """Return `text`, which begins with the name of `drug` where a formulary wrote it, with that name as it is printed."""
    return printed_name(conn, drug) + text[len(drug) :] if drug and text.casefold().startswith(drug) else text


def folded(text: str) -> str:
    """Return a product's code as recalls compare it: as it looks, with letters the same in either case and without accents.

    No blank too many, nothing unseen, every dash the plain one, wide letters and digits as plain ones. Packages signed before
    such were refused go by this as well: two that look alike are one product, and a recall rather finds one too many (R19).
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return " ".join("".join(map(_plain, plain)).split())


def folded_lot(text: str) -> str:
    """Return a lot as recalls compare it: as a product, and without its blanks, which a letter sets as it likes (R19)."""
    return folded(text).replace(" ", "")


def _plain(one: str) -> str:
    kind = unicodedata.category(one)
    if kind == "Pd" or one == MINUS:
        return "-"
    return " " if kind[0] == "Z" else "" if kind == "Mn" or kind[0] == "C" else one
