"""What lies on a station's pan: empty, something settled, or in motion; and a settled reading as evidence (R9, R10)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from time import monotonic
from typing import Literal

from devices.balance.balance import BalanceLink, Changed, Live
from devices.balance.identify import introduced
from devices.link import LinkEvent, LinkState
from devices.readings import WeightRead
from workflows.evidence import Weighing

EMPTY_BELOW_G = Decimal("0.5")
"""A settled reading smaller than this is an empty pan, whose value is the zero before the next load."""
NO_ANSWER = "The balance does not answer. Look at its cable and its power; it comes back by itself."
SET_UP = "The balance is not set up for this station. Tell pharmacy IT."
"""What a technician can do about it; ports and addresses stand on the page Health and in the journal."""
SAME_LOAD_G = Decimal("0.10")
"""A settled load that differs by more is another one: its time on the pan is counted anew."""

MEETING = frozenset({"ready", "wrong_device"})
"""States in which a balance has just said who it is."""


@dataclass(frozen=True)
class Glance:
    """What the balance shows now: for the eye, never evidence."""

    state: Literal["ready", "busy", "silent", "wrong", "trouble"]
    """Whether the balance answers."""
    says: str
    """Its state or trouble in words."""
    value: str
    """The number as sent, with its decimals; empty if there is none."""
    unit: str
    """Unit as sent."""
    settled: bool
    """Whether the live window is settled."""
    settled_s: float
    """For how many seconds the same load has been settled."""
    armed: bool
    """Whether the pan was seen empty since the last weighing that counted."""
    empty: bool
    """Whether the settled pan is empty now."""
    epoch: str = ""
    """The weighing epoch now; empty while the balance is dark."""

    @property
    def grams(self) -> Decimal | None:
        """The value in g, or None."""
        return Decimal(self.value) if self.value and self.unit == "g" else None


@dataclass(frozen=True)
class NoWeighing:
    """There is no settled reading; `says` is for the technician."""

    says: str


@dataclass(frozen=True)
class Zeroed:
    """What came of ZERO."""

    done: bool
    """Whether the balance is zeroed."""
    says: str
    """What happened, in words."""
    void: bool
    """Whether another weighing epoch began, so that a reading before it cannot be paired with one after it."""


class Pan:
    """Watches one balance. Methods may be called from any thread."""

    def __init__(
        self,
        link: BalanceLink,
        restarted: Callable[[LinkEvent], None],
        met: Callable[[LinkState], None] | None = None,
    ) -> None:
        """`restarted` hears when the balance was, or may have been, switched off: today's check is over (R15, F13).

        `met` hears who answered whenever it was connected (D8). Both hear it from the link, at once, whether or not
        anybody looks at a page.
        """
        self.link = link
        self._restarted = restarted
        self._met = met
        self._guard = threading.Lock()
        self._zero: tuple[Decimal, str] | None = None
        self._armed = False
        self._settled_since: tuple[Decimal, float] | None = None
        link.tell_me(self._hear)

    def glance(self) -> Glance:
        """Return what the balance shows now, and keep the live weight running for three more seconds."""
        self.link.watch()
        state, live = self.link.state, self.link.live()
        if state.name in ("wrong_device", "config_error"):
            return self._dark("wrong", state.says if state.name == "wrong_device" else SET_UP)
        if state.name not in ("ready", "busy"):
            return self._dark("silent", NO_ANSWER)
        said = live.said
        if said is None or live.age is None:
            return self._dark("busy", "The balance is being read.")
        if not isinstance(said, WeightRead):
            return self._dark("trouble", said.says)
        if (adjusts := self.link.adjusting.seconds) is not None:
            return self._dark("busy", f"The balance adjusts itself: {adjusts:.0f} s.")
        if live.age > 1.0:
            return self._dark("silent", "The balance has not answered for a second.")
        return self._seen(said, live)

    def _seen(self, said: WeightRead, live: Live) -> Glance:
        epoch, now = ".".join(str(part) for part in said.epoch), monotonic()
        with self._guard:
            empty = live.settled and abs(said.grams) < EMPTY_BELOW_G
            if empty:
                self._zero, self._armed = (said.grams, epoch), True
            if not live.settled:
                self._settled_since = None
            elif self._settled_since is None or abs(self._settled_since[0] - said.grams) > SAME_LOAD_G:
                self._settled_since = (said.grams, now)
            since = now - self._settled_since[1] if self._settled_since else 0.0
            armed = self._armed and not empty and self._zero is not None and self._zero[1] == epoch
        says = "settled" if live.settled else "in motion"
        return Glance("ready", says, str(said.value), said.unit, live.settled, since, armed, empty, epoch)

    def _dark(self, state: Literal["busy", "silent", "wrong", "trouble"], says: str) -> Glance:
        with self._guard:
            self._settled_since = None
        return Glance(state, says, "", "", settled=False, settled_s=0.0, armed=False, empty=False)

    def introduction(self) -> str:
        """Say which balance answers and what cannot be relied on; empty while none does."""
        identity = self.link.state.identity if self.link.state.name in ("ready", "busy") else None
        return introduced(identity) if identity else ""

    def _hear(self, event: LinkEvent) -> None:
        """Hear from the link: a restart ends today's check, an overload asks for the zero anew (R15, F23)."""
        if event.what == "overload":
            self._forget()
        if event.what in ("restarted", "may_have_restarted"):
            self._restarted(event)
        if event.what == "state" and self._met is not None and self.link.state.name in MEETING:
            self._met(self.link.state)

    def capture(self, timeout_s: float = 4.0) -> Weighing | NoWeighing:
        """Return one settled gross reading with the zero before it, or why there is none (R9, R10)."""
        got = self._settled(timeout_s)
        if isinstance(got, Weighing) and abs(got.g) < EMPTY_BELOW_G:
            return NoWeighing("There is nothing on the pan. Put it on the pan.")
        return got

    def capture_empty(self, timeout_s: float = 4.0) -> Weighing | NoWeighing:
        """Return one settled reading of the empty pan, or why there is none (R15)."""
        got = self._settled(timeout_s)
        if isinstance(got, Weighing) and abs(got.g) >= EMPTY_BELOW_G:
            return NoWeighing("Something lies on the pan. Take everything off.")
        return got

    def _settled(self, timeout_s: float) -> Weighing | NoWeighing:
        said = self.link.settled(timeout_s)
        if not isinstance(said, WeightRead):
            return NoWeighing(said.says)
        epoch = ".".join(str(part) for part in said.epoch)
        with self._guard:
            zero = self._zero[0] if self._zero and self._zero[1] == epoch else None
        return Weighing(
            g=said.grams,
            mode=said.mode,
            zero_g=zero,
            balance=said.balance.serial,
            epoch=epoch,
            taken_at=said.taken_at,
            raw=tuple(line.decode("ascii", "backslashreplace") for line in said.raw[-3:]),
            settled_in_s=Decimal(f"{said.settled_in or 0:.3f}"),
        )

    @property
    def adjusts(self) -> bool:
        """Whether the program can have this balance adjust itself: it has the command, as far as it lists any."""
        identity, word = self.link.state.identity, self.link.codec.words.get("adjust", "")
        return self.link.adjusting.can and identity is not None and identity.has(word)

    def adjust(self, done: Callable[[str], None]) -> None:
        """Have it adjust itself, on a thread of its own; `done` hears why not, or an empty text (F28, F29)."""

        def run() -> None:
            self._forget()
            trouble = self.link.adjusting.run()
            done(trouble.says if trouble else "")

        threading.Thread(target=run, name="adjustment", daemon=True).start()

    def hold_keys(self, hold: bool) -> None:
        """Lock the balance's own keys from a first reading until the second, where they can be locked (F27)."""
        if hold:
            self.link.keys.lock()
        else:
            self.link.keys.unlock()

    def counted(self) -> None:
        """A reading of this load was judged: the pan must be emptied before the next one."""
        with self._guard:
            self._armed = False

    def zero(self) -> Zeroed:
        """Zero the empty pan, and say whether it is: nothing goes on after a zero that failed (R10, F25)."""
        before = self.link.state.epoch
        done = self.link.zero()
        rose = self.link.state.epoch != before
        if isinstance(done, Changed) or rose:
            self._forget()
        return Zeroed(isinstance(done, Changed), done.says, rose)

    def _forget(self) -> None:
        """Ask for an empty pan anew before anything is weighed."""
        with self._guard:
            self._zero, self._armed, self._settled_since = None, False, None
