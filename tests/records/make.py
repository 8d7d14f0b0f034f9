"""Writes the log of a whole preparation, as this release records it, for later releases to replay.

    python -m tests.records.make v0

One line an event, in order of the site's numbers: the body as stored and both digests. `facts.json` beside it says what
the log added up to when it was written. Ids and times are fixed, so that the same release writes the same bytes. Before
a release a folder may be written anew; from the release on it is never written again, and the next one gets a new folder.
"""

from __future__ import annotations

import json
import sys
import tempfile
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from app import preparations
from app.record import log
from tests.cast import ANN, PAM
from tests.dispatch.counter import Counter, equip, open_counter
from tests.workflows import example
from workflows import commands as asked
from workflows import measured
from workflows.preparation import Preparation
from workflows.status import next_slots, status

HERE = Path(__file__).parent
LOG, FACTS = "worked_example.jsonl", "facts.json"


def make(folder: Path) -> None:
    """Make both preparations in a record of their own, and write its log to `folder`."""
    with tempfile.TemporaryDirectory() as data:
        store, dispatcher, clock = open_counter(Path(data))
        try:
            equip(store)
            counter = Counter(dispatcher, clock=clock)
            work(counter)
            given_up = Counter(dispatcher, "P0000002", clock=clock)
            give_up(given_up)
            with store.reading() as conn:
                stored = log.since(conn, dispatcher.settings.site, 0)
            facts = {one.id: facts_of(one.p) for one in (counter, given_up)}
        finally:
            store.close()
    folder.mkdir(parents=True, exist_ok=True)
    lines = [line_of(one) for one in stored]
    (folder / LOG).write_text("".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in lines), encoding="utf-8")
    (folder / FACTS).write_text(json.dumps(facts, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def work(counter: Counter) -> None:
    """Prepare the worked example, with two wrong turns, a question, a pause, fresh gloves and a step taken back."""
    assert counter.open().kind == "accepted"
    for command, who in counter.steps():
        slot = next_slots(preparations.workflow_of(counter.p), counter.p)[0].name
        if slot == "vial:1":
            wrong = example.vial("W", item_id="cyclophosphamide-500mg-solution", concentration_mg_ml=Decimal(100))
            tried(counter, asked.Submit("", example.scan(wrong)), "rejected")
        elif slot == "syringe-full:1":
            before = counter.clock.at - timedelta(seconds=1)  # the reading that is right is a later one
            tried(counter, asked.Submit("", example.weigh("45.32", before)), "rejected")
        elif slot == "vial-after:1":  # more than vial A held: both are weighed after the draws
            for grams in ("29.87", "31.62"):
                counter.clock.on(seconds=1)
                tried(counter, asked.Submit("", example.weigh(grams, counter.clock.at)), "accepted")
            slot = "photo-syringes"
        if slot == "photo-syringes":
            tried(counter, asked.Call("Is this drop of no matter?"), "accepted")
            tried(counter, asked.Answer("It is not; go on."), "accepted", PAM)
            tried(counter, asked.Pause("order question"), "accepted")
            tried(counter, asked.Resume("The question is answered."), "accepted", PAM)
            tried(counter, asked.ChangeGloves(), "accepted")
            tried(counter, asked.Submit("", example.photo("without the label")), "accepted")
            tried(counter, asked.Back("taken without the label in view"), "accepted")
        tried(counter, command, "accepted", who)
    assert counter.p.closed


def give_up(counter: Counter) -> None:
    """Open a second preparation and stop it before anything is drawn."""
    assert counter.open().kind == "accepted"
    tried(counter, asked.Abort("order cancelled", "The ward has called."), "accepted", PAM)


def tried(counter: Counter, command: asked.Command, kind: str, who: Any = ANN) -> None:
    outcome = counter.ask(command, who)
    assert outcome.kind == kind, outcome


def line_of(stored: log.StoredEvent) -> dict[str, Any]:
    """Return an event as the file keeps it."""
    digests = {"digest": stored.digest.hex(), "site_digest": stored.site_digest.hex()}
    return {"site_seq": stored.site_seq, "ordinal": stored.ordinal, **digests, "body": stored.body}


def facts_of(p: Preparation) -> dict[str, Any]:
    """Return what a preparation's log adds up to, as text, to two decimals more than a label prints."""
    dose, account = measured.dose(p) if p.closed else None, measured.account(p) if p.closed else None
    return {
        "status": status(preparations.workflow_of(p), p),
        "version": p.version,
        "head": p.digest,
        "drug": p.recipe.drug,
        "ordered_mg": f"{p.plan.ordered_mg:f}",
        "dose_mg": f"{dose.dose.mg:.3f}" if dose else None,
        "volume_ml": f"{dose.volume.ml:.3f}" if dose else None,
        "compounding_percent": f"{account.compounding * 100:.3f}" if account else None,
        "near_misses": [f"{one.slot}: {', '.join(one.codes)}" for one in p.near_misses],
        "photos": [one.sha256 for one in p.photos()],
        "labels": [f"{one.label_kind} {one.label_id} copy {one.copy}" for one in p.labels],
        "entries": sorted(p.entries),
    }


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.records.make v0")
    make(HERE / sys.argv[1])
