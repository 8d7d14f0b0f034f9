"""What any balance at a station does: say who it is, show a live weight, give a settled one, be zeroed, be tared.

Not here: limits and tolerances (rules judge them), and any one protocol (a codec speaks it). The live weight is for
the eye; evidence is only what `settled` returns.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from time import monotonic
from typing import Final

from devices.balance.adjusting import Adjusting
from devices.balance.as_read import no_dose_unit, passes, read_of, reading
from devices.balance.codec import Command, Verb
from devices.balance.keys import Keys
from devices.balance.outcome import near_zero, not_shown
from devices.balance.says import Says, Tare, Weight
from devices.balance.stability import NotSettled, Sample, Settled, StabilityRule, judge
from devices.balance.talk import TalkingConnection
from devices.balance.tare import ask_tare, set_words
from devices.errors import Garbled, OutOfRange, Refusing, Silent, Trouble, is_trouble
from devices.exchange import Answer, Ask
from devices.journal import Journal
from devices.link import ANSWERING, LinkEvent, LinkState
from devices.readings import GRAM_EXPONENT, BalanceIdentity, Epoch, WeightRead, decimals_of
from devices.registry import balance_codec
from devices.transport import LineSettings

POLL_S: Final = 0.125
"""Seconds between two live readings: instruments refresh at 4 to 20 a second."""

WATCHED_S: Final = 3.0
"""Seconds a call of `watch` keeps the live weight running."""

SHOWN_S: Final = 12.0
"""Seconds a balance has to show, by a settled weight near zero, that it was zeroed or tared."""

NO_FLAG: Final = "This balance does not say when a weight is at rest; it cannot be used for doses."

FRESH_S: Final = 0.5
"""A settled answer rests on a last sample no older than this, in s."""


@dataclass(frozen=True)
class Live:
    """The live weight, for the eye."""

    said: WeightRead | Trouble | None
    """The latest reading (mode `unstable` always) or trouble; None if nothing was ever heard."""

    age: float | None
    """Seconds since it was heard; None with `said` None."""

    settled: bool
    """True if the window satisfies the stability rule now."""


@dataclass(frozen=True)
class Changed:
    """The balance has done what it was told: a zero, a tare, a cleared tare."""

    says: str
    """What the technician reads."""

    at: datetime
    """UTC, from the clock handed in."""

    epoch: Epoch
    """The new weighing epoch."""


class BalanceLink:
    """One balance of a station. Methods may be called from any thread; trouble on the wire is returned, never raised."""

    def __init__(
        self,
        protocol: str,
        url: str,
        line: str = "9600 8N1",
        serial: str | None = None,
        *,
        clock: Callable[[], datetime],
        journal: Journal | None = None,
        repeatability: Decimal | None = None,
        averaging: bool = False,
    ) -> None:
        """Read the station's settings; ValueError for a protocol or line that is not understood. Nothing is opened yet.

        `url`: device path, socket:// or rfc2217://. `serial`: the one balance allowed; None adopts the first that
        answers. `repeatability`: the station's own s in g (R13), which widens the stability window (R9).
        `averaging`: each weight is a mean, for a cabinet in which the balance never calls itself at rest.
        """
        self.codec = balance_codec(protocol)
        self.rule = StabilityRule(repeatability=repeatability, averaging=averaging)
        self._clock = clock
        self._guard = threading.Condition()
        self._samples: deque[Sample] = deque(maxlen=64)
        self._latest: tuple[WeightRead | Trouble, float] | None = None
        self._polled_until = self._due = 0.0
        self.keys = Keys(self.codec)
        """Whether its own keys are locked, where they can be."""
        self._tare_seen: tuple[int, Decimal] | None = None
        self._events: deque[LinkEvent] = deque(maxlen=200)
        self._told: Callable[[LinkEvent], None] | None = None
        self._connection = TalkingConnection(self.codec, url, LineSettings.parse(line), serial, clock, journal, self)
        self.adjusting = Adjusting(self.codec, self._connection)
        """Its internal adjustment, where the program can begin it."""

    # ---- what the station asks -------------------------------------------------------------------------------------

    def start(self) -> None:
        """Open the link and keep it open; returns at once."""
        self._connection.start()

    def close(self) -> None:
        """Close the link and end its thread."""
        self._connection.close()

    def try_again(self) -> None:
        """A person has mended the cause of wrong_device or config_error, or does not want to wait."""
        self._connection.try_again()

    @property
    def state(self) -> LinkState:
        """How the link stands, in a name and in words."""
        return self._connection.state

    def identity(self) -> BalanceIdentity | None:
        """Who is at the other end; None until it has said so."""
        return self.state.identity

    def tell_me(self, told: Callable[[LinkEvent], None]) -> None:
        """Call `told` with everything that happens from now on: on the link's own thread, or on the asker's.

        While it runs the balance is not read, so that nothing is weighed before it has been heard. It may not raise.
        """
        self._told = told

    def events(self) -> tuple[LinkEvent, ...]:
        """The last 200 things that happened, oldest first."""
        with self._guard:
            return tuple(self._events)

    def watch(self) -> None:
        """Keep the live weight running for another three seconds."""
        self._poll_until(monotonic() + WATCHED_S)

    def live(self) -> Live:
        """Return the latest reading or trouble with its age; never evidence (R9)."""
        with self._guard:
            if self._latest is None:
                return Live(None, None, settled=False)
            said, at = self._latest
            verdict = judge(tuple(self._samples), self.rule)
        if isinstance(said, WeightRead) and isinstance(verdict, Settled) and verdict.mean is not None:
            said = replace(said, value=verdict.mean)
        return Live(said, monotonic() - at, isinstance(verdict, Settled))

    def settled(self, timeout_s: float = 12.0, cancel: threading.Event | None = None) -> WeightRead | Trouble:
        """Return a settled weight with no tare set, or why there is none after `timeout_s` (R9).

        At once (a fresh reading, a tare query) if the live window is settled already. Overload, an unreadable answer
        and a lost link are returned as they come; motion and busy are waited out. Setting `cancel` ends the wait.
        """
        if self.codec.display_only:
            return Refusing(self.codec.display_only, "unsupported")
        asked = monotonic()
        while True:
            found = self._waited(asked, timeout_s, cancel)
            if not isinstance(found, Settled):
                return found
            trouble = self._tare_trouble()
            if trouble is not None:
                return trouble
            if self.state.epoch == found.samples[-1].epoch:
                return self._settled_read(found, asked)
            if cancel is not None and cancel.is_set():
                return Refusing("The weighing was cancelled.", "cancelled")

    def zero(self) -> Changed | Trouble:
        """Be zeroed; the epoch ends. Never repeated by itself: after a lost answer the person zeroes again (F3)."""
        return self._change("zero", "The balance is zeroed.", "zeroed")

    def tare(self) -> Changed | Trouble:
        """Be tared. No dose arithmetic rests on it: it only serves a display; `settled` refuses while a tare is set."""
        return self._change("tare", "The balance is tared.", "tared")

    def clear_tare(self) -> Changed | Trouble:
        """Be without a tare: the way out when a keypad tare was found (F27)."""
        return self._change("clear_tare", "The tare is cleared.", "cleared of its tare")

    # ---- what the connection's thread calls ------------------------------------------------------------------------

    def next_ask(self, now: float) -> Ask | None:
        """Return what makes the keys as they are wanted, or the question for a live reading when one is due."""
        if (command := self.keys.due(self.state.epoch)) is not None:
            return command
        with self._guard:
            if now >= self._polled_until or now < self._due:
                return None
            self._due = max(now, self._due + POLL_S) if now - self._due < POLL_S else now + POLL_S
        return self._question("read_now")

    def answered(self, answer: Answer[Says], at: float) -> None:
        """Take a live reading in, or the trouble there was with it; locking keys is answered by nobody."""
        if self.keys.can and answer.ask.name in (self.codec.words["lock"], self.codec.words["unlock"]):
            return
        said = answer.said[0] if answer.said else None
        unit = said.unit if isinstance(said, Weight) else None
        if isinstance(said, Weight) and unit in GRAM_EXPONENT:
            self._take(Sample(said.value, unit, said.stable, at, self._clock(), answer.raw[-1], self.state.epoch))
            return
        trouble = answer.trouble or no_dose_unit(said, answer.raw)
        with self._guard:
            before = self._latest[0] if self._latest else None
            self._samples.clear()
            self._latest = (trouble, at)
            self._guard.notify_all()
        if isinstance(trouble, OutOfRange) and not isinstance(before, OutOfRange):
            self._connection.happened("overload", trouble.says)

    def forget(self, silent: Silent | None) -> None:
        """Drop the window: its epoch is over; with `silent` the live weight says so too."""
        with self._guard:
            self._samples.clear()
            if silent is not None:
                self._latest = (silent, monotonic())
            self._guard.notify_all()

    def tell(self, event: LinkEvent) -> None:
        """Keep what happened, and pass it on."""
        with self._guard:
            self._events.append(event)
        if self._told is not None:
            self._told(event)

    # ---- how -------------------------------------------------------------------------------------------------------

    def _question(self, verb: Verb) -> Ask:
        return self.codec.ask(self.codec.words[verb])

    def _poll_until(self, moment: float) -> None:
        with self._guard:
            self._polled_until = max(self._polled_until, moment)

    def _take(self, sample: Sample) -> None:
        state = self.state
        if state.identity is None:
            return
        taken = reading(sample, state.identity)
        with self._guard:
            before = self._samples[-1] if self._samples else None
            self._samples.append(sample)
            self._latest = (taken, sample.at)
            self._guard.notify_all()
        if before is not None and before.unit != sample.unit:
            self._connection.happened(
                "unit_changed", f"The balance now weighs in {sample.unit}, before in {before.unit}."
            )
        if before is not None and decimals_of(before.value) != decimals_of(sample.value):
            self._connection.happened("decimals_changed", "The balance now shows another number of decimals.")

    def _window_or_trouble(self, asked: float) -> Settled | NotSettled | Trouble:
        """The live window if it is settled and fresh, else why not, else trouble that waiting will not mend."""
        state = self.state
        with self._guard:
            verdict = judge(tuple(self._samples), self.rule)
            latest = self._latest
        if isinstance(verdict, Settled) and monotonic() - verdict.samples[-1].at <= FRESH_S:
            return verdict
        if latest is not None and isinstance(latest[0], WeightRead) and latest[0].flagged_stable is None:
            return Refusing(NO_FLAG, "unsupported")
        if latest is not None and latest[1] >= asked and is_trouble(latest[0]) and not passes(latest[0]):
            return latest[0]  # type: ignore[return-value]  # is_trouble has looked
        if state.name not in ANSWERING:
            return Silent(state.says, link_lost=True)
        return verdict if isinstance(verdict, NotSettled) else NotSettled("too_short", "The last reading is too old.")

    def _waited(self, asked: float, timeout_s: float, cancel: threading.Event | None = None) -> Settled | Trouble:
        """Wait until the live window is settled and a fresh reading confirms it, or say why it is not by the time-out."""
        self._poll_until(asked + timeout_s)
        while True:
            found = self._window_or_trouble(asked)
            if isinstance(found, Settled):
                found = self._confirmed(asked)
            if not isinstance(found, NotSettled):
                return found
            if monotonic() - asked >= timeout_s:
                return Refusing(found.says, "not_settled", found.why)
            if cancel is not None and cancel.is_set():
                return Refusing("The weighing was cancelled.", "cancelled")
            with self._guard:
                self._guard.wait(min(0.05, timeout_s))

    def _confirmed(self, asked: float) -> Settled | NotSettled | Trouble:
        """Read once more now, and judge the window with it: no protocol here has a checksum, and the load may have gone."""
        answer = self._connection.ask(self._question("read_now"))
        self.answered(answer, monotonic())
        return self._window_or_trouble(asked)

    def _tare_trouble(self) -> Trouble | None:
        """Ask for the tare: it must be 0, or what is on the pan is not gross (F27)."""
        tare, raw = ask_tare(self.codec, self.identity(), self._connection.ask)
        if not isinstance(tare, Tare):
            return tare
        connection = self.state.epoch.connection
        seen = self._tare_seen[1] if self._tare_seen and self._tare_seen[0] == connection else Decimal(0)
        self._tare_seen = (connection, tare.value)
        says = set_words(tare)
        if tare.value != seen:
            self._connection.raise_change("tare_found", says if tare.value else "The tare was cleared: weigh anew.")
        return Refusing(says, "tare_set", raw=raw) if tare.value else None

    def _settled_read(self, window: Settled, asked: float) -> WeightRead | Trouble:
        identity = self.identity()
        if identity is None:
            return Silent("The balance has not said who it is.", link_lost=True)
        return replace(
            read_of(window, identity),
            mode="stable" if window.mean is None else "averaged",
            raw=tuple(sample.raw for sample in window.samples),
            settled_in=monotonic() - asked,
            n=len(window.samples),
            sd=window.sd,
            slope=window.slope,
            n_eff=window.n_eff,
        )

    def _change(self, verb: Verb, done: str, state: str) -> Changed | Trouble:
        if verb not in self.codec.words:
            return Refusing("This balance has no such command.", "unsupported")
        ask = self._question(verb)
        answer = self._connection.ask(ask)
        if verb != "zero":
            self._tare_seen = None
        trouble = answer.trouble
        if trouble is None and isinstance(ask, Command) and ask.shown in {"zero", "tare"}:
            return self._shown(ask.shown, Changed(done, self._clock(), self.state.epoch))
        if trouble is None:
            return Changed(done, self._clock(), self.state.epoch)
        if isinstance(trouble, Silent | Garbled):
            says = f"{trouble.says} It is not known whether the balance was {state}: look at it, then do it again."
            return replace(trouble, says=says)
        return trouble

    def _shown(self, command: str, changed: Changed) -> Changed | Trouble:
        """Read a settled weight: near zero it shows that the command was carried out (F26)."""
        found = self._waited(monotonic(), SHOWN_S)
        identity = self.identity()
        if not isinstance(found, Settled) or identity is None:
            trouble = found if not isinstance(found, Settled) else Silent("The balance is gone.", link_lost=True)
            says = f"{trouble.says} It is not known whether the balance carried out the {command}: do it again."
            return replace(trouble, says=says)
        read = read_of(found, identity)
        if read.epoch != changed.epoch:
            return Silent(f"The link broke off. It is not known whether the balance carried out the {command}.")
        return changed if near_zero(read) else not_shown(command, read)
