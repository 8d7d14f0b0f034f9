"""The ways in which a record does not take a command, or does not open: what the caller hears, in words."""

from __future__ import annotations


class CannotOpen(Exception):  # noqa: N818  # named as the answer the caller hears
    """The record cannot be opened safely; the sentence says why and what to do. The start stops."""


class Busy(Exception):  # noqa: N818  # named as the answer the caller hears
    """Too many commands are waiting; nothing was done. The web answers 503 with Retry-After."""


class NotSaved(Exception):  # noqa: N818  # named as the answer the caller hears
    """The database would not take the command; nothing of it is stored."""


class Closed(Exception):  # noqa: N818  # named as the answer the caller hears
    """The record is closed, or this process inherited it from another; nothing was done."""


class PerhapsSaved(Exception):  # noqa: N818  # named as the answer the caller hears
    """The database went away while it was committing and does not say what became of it. The whole command is stored, or
    nothing of it; sending the same command again hears the first answer or does it, never twice (Q70)."""
