"""What a reader is told of a signature by passkey: its key, its counter, and whether its answer holds when it is checked now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from app.desk.story import Told
from app.record.assertions import trouble
from workflows import events as happened
from workflows.events import Recorded
from workflows.evidence import Signature
from workflows.passkeys import read


def checked(preparation: str, log: Iterable[Recorded], lines: tuple[Told, ...]) -> tuple[Told, ...]:
    """Return the lines, those of a signature by passkey with what its check says; the check needs nothing but the event."""
    says = {one.version: _says(preparation, one) for one in log}
    return tuple(
        replace(line, details=(*line.details, *says[line.version])) if says.get(line.version) else line
        for line in lines
    )


def _says(preparation: str, one: Recorded) -> tuple[str, ...]:
    signature = signature_of(one.event)
    if signature is None or signature.assertion is None:
        return ()
    answer = signature.assertion
    said = read(answer.client_data, answer.authenticator_data)
    wrong = trouble(signature, preparation, one.who)
    seen = f"page {said.origin}, used {said.count} times" if said else "its answer cannot be read"
    holds = (
        f"PASSKEY DOES NOT HOLD: {wrong}" if wrong else "checked now: its answer fits its public key and this record"
    )
    return (f"passkey {answer.credential[:16]}… of {answer.name}, {seen}", holds)


def signature_of(event: object) -> Signature | None:
    """Return the signature that an event carries, or None."""
    if isinstance(event, happened.Accepted) and isinstance(event.evidence, Signature):
        return event.evidence
    signed = happened.Reworked | happened.Remade | happened.MadeOnPaper | happened.RecipeAmended
    return event.signature if isinstance(event, signed) else None
