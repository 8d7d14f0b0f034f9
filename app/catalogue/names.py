"""Drug names as screens and labels print them: tall-man where the site's table has a form (N1)."""

from __future__ import annotations

import unicodedata

from sqlalchemy import Connection, select

from app.catalogue.tables import tallman


def printed_name(conn: Connection, drug: str) -> str:
    """Return a drug's name as screens and labels print it (N1)."""
    found = conn.execute(select(tallman.c.printed).where(tallman.c.name == drug.casefold())).scalar_one_or_none()
    return found or drug


def printed_in(conn: Connection, text: str, drug: str) -> str:
    """Return `text`, which begins with the name of `drug` where a formulary wrote it, with that name as it is printed."""
    return printed_name(conn, drug) + text[len(drug) :] if drug and text.casefold().startswith(drug) else text


def folded(text: str) -> str:
    """Return a product's code or a lot as recalls compare it: no blank too many, nothing unseen, letters the same in either case.

    Packages signed before such blanks were refused go by this as well: two that look alike are one product (R19).
    """
    seen = "".join(" " if unicodedata.category(one)[0] == "Z" else one for one in text)
    return " ".join("".join(one for one in seen if unicodedata.category(one)[0] != "C").split()).casefold()
