"""One piece of work in a process of its own, so that its memory and its processor time are its own.

`python -m app.bench.alone WHAT FOLDER` prints one JSON object: seconds, processor seconds, and the most memory it ever had.
What it starts itself, to read with several processes, is counted in.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time


@dataclass(frozen=True)
class Spent:
    """What a piece of work took."""

    seconds: float
    """By the clock on the wall."""
    cpu_s: float
    """Of the processor, that of processes which it started included."""
    peak_mb: float
    """The most memory that the process had, in MiB."""
    child_mb: float
    """The most that one of the processes had which it started, in MiB; 0 where it started none."""
    count: int
    """Events or rows that it went through."""


def run(what: str, folder: Path) -> Spent:
    """Do it in a new process, and wait: loading the program does not count. Raises RuntimeError where it failed."""
    done = subprocess.run(
        [sys.executable, "-m", __name__, what, str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{what} failed: {done.stderr.strip().splitlines()[-1:]}")
    return Spent(**json.loads(done.stdout))


Work = Callable[[], int]
"""Goes through a record, and returns how many events or rows it met."""


def verified(folder: Path) -> Work:
    """Verify a whole record."""
    from app.record.abreast import every_core
    from app.record.place import place_of
    from app.record.verify import verify
    from app.settings import load_settings

    settings = load_settings(data_dir=folder, database_url="", photos_url="", demo=True, stations={})

    def work() -> int:
        verdict = verify(place_of(settings), settings.photos, hands=every_core())
        if not verdict.ok:
            raise RuntimeError(f"the bench's own record is not sound: {verdict.faults[0].says}")
        return verdict.events

    return work


def digests(folder: Path) -> Work:
    """Compute both chains of a record, and nothing else."""
    from app.bench import bare

    return lambda: bare.digests(folder / "vialtrace.db")


def exported(folder: Path) -> Work:
    """Write every event of a record as CSV."""
    from app import clock
    from app.export.pseudonyms import Pseudonyms
    from app.export.run import By, NotMade, export
    from app.export.wanted import Wanted
    from app.record.engine import open_store
    from app.settings import load_pseudonym_key, load_settings

    settings = load_settings(data_dir=folder, database_url="", photos_url="", demo=True, stations={})
    pseudonyms, wanted = Pseudonyms(load_pseudonym_key(settings)), Wanted("csv", "events")

    def work() -> int:
        with closing(open_store(settings)) as store:
            made = export(store, settings, pseudonyms, wanted, By("bench", clock.now()))
            if isinstance(made, NotMade):
                raise RuntimeError(made.says)
            with closing(made.file) as file:
                return sum(1 for _ in file) - 1

    return work


def backed_up(folder: Path) -> Work:
    """Copy a record while others write, verify the copy and sign for it; twice gives the same folder anew."""
    from app import clock
    from app.record import backup
    from app.settings import load_settings

    settings = load_settings(data_dir=folder, database_url="", photos_url="", demo=True, stations={})

    def work() -> int:
        beside, to = folder / "checkpoints", folder / "copy"
        return backup.back_up(folder / "vialtrace.db", settings.photos, beside, to, clock.now()).verdict.events

    return work


def restored(folder: Path) -> Work:
    """Restore the copy that `backed_up` made into a new folder, with everything that is checked on the way."""
    from app import clock
    from app.record import backup
    from app.record.abreast import every_core
    from app.settings import load_settings

    into = folder / "restored"
    settings = load_settings(data_dir=into, database_url="", photos_url="", demo=True, stations={})

    def work() -> int:
        back = backup.restore(
            folder / "copy", settings, (), who="bench", why="measured", at=clock.now(), hands=every_core()
        )
        return back.verdict.events

    return work


def memory_mb(process: int | str = "self") -> float:
    """Return the most memory that a process ever had, in MiB, as the kernel counts it."""
    status = Path(f"/proc/{process}/status")
    if status.exists():
        line = next(one for one in status.read_text().splitlines() if one.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


WHAT: dict[str, Callable[[Path], Work]] = {
    "verify": verified,
    "digests": digests,
    "export": exported,
    "backup": backed_up,
    "restore": restored,
}


def main(what: str, folder: Path) -> None:
    work = WHAT[what](folder)
    before, begun = _cpu_s(), perf_counter()
    count = work()
    spent = {"seconds": perf_counter() - begun, "cpu_s": _cpu_s() - before, "count": count}
    theirs = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(json.dumps(spent | {"peak_mb": memory_mb(), "child_mb": theirs}))


def _cpu_s() -> float:
    """Return the processor time of this process and of all that it has waited for."""
    return process_time() + sum(os.times()[2:4])


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
