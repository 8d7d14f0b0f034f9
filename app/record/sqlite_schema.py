"""What SQLite keeps of a table's making, compared with its declaration: columns, keys, checks, references, STRICT, indices.

SQLite stores CREATE TABLE as text, and rows obey that text alone. A table made anew without its primary key, UNIQUE, CHECK
or STRICT has the same columns and holds whatever it is given, so every clause counts; the order of clauses does not.
Knows nothing of triggers (`app.record.schema`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache

from sqlalchemy import Index, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

Found = Mapping[tuple[str, str], str]
"""The text that SQLite keeps, by kind (table, index, trigger, view) and name."""


def table_faults(table: Table, found: Found) -> Iterator[str]:
    """Say in a sentence each what is missing of a table, and what it has that was not declared."""
    stored = found.get(("table", table.name))
    if stored is None:
        yield f"the table {table.name} is missing"
        return
    here, declared = clauses(stored), clauses(_made(table))
    for clause in sorted(declared - here):
        yield f"the table {table.name} was made without: {clause}"
    for clause in sorted(here - declared):
        yield f"the table {table.name} was made with something strange: {clause}"
    for index in sorted(table.indexes, key=lambda one: str(one.name)):
        wanted = _indexed(index)
        if _plain(found.get(("index", str(index.name)), "")) != wanted:
            yield f"the index {index.name} is missing or not as it was installed"


@cache  # a declaration does not change while the program runs
def _made(table: Table) -> str:
    return str(CreateTable(table).compile(dialect=sqlite.dialect()))


@cache
def _indexed(index: Index) -> str:
    return _plain(str(CreateIndex(index).compile(dialect=sqlite.dialect())))


def strange_indices(tables: Iterable[Table], found: Found) -> Iterator[str]:
    """Name each index that vialtrace did not install: a unique one could refuse what should be recorded."""
    declared = {str(index.name) for table in tables for index in table.indexes}
    for kind, name in found:
        if kind == "index" and name not in declared and not name.startswith("sqlite_autoindex_"):
            yield f"there is an index {name} that vialtrace did not install"


@lru_cache(maxsize=512)
def clauses(made: str) -> frozenset[str]:
    """Return the parts of a CREATE TABLE between its commas, and what stands behind its last bracket."""
    first, last = made.find("("), made.rfind(")")
    if first < 0:
        return frozenset({_plain(made)})
    inside, cut = made[first + 1 : last], [-1]
    depth, quote = 0, ""
    for place, letter in enumerate(inside):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        else:
            depth += (letter == "(") - (letter == ")")
            if letter == "," and depth == 0:
                cut.append(place)
    ends = [*cut[1:], len(inside)]
    parts = {_plain(inside[start + 1 : end]) for start, end in zip(cut, ends, strict=True)}
    return frozenset(parts | {_plain(made[last + 1 :])} - {""})


def _plain(sql: str) -> str:
    return re.sub(r"\s+", " ", sql).strip()
