"""One thread owns one balance's port: asks in turn, says when the link is lost, finds it again, and trusts it only once proved.

Not here: any one protocol, what a weight is good for. The states are latched where only a person can mend the cause.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic
from typing import Final

from devices.backoff import wait_for_return
from devices.balance.codec import BalanceCodec
from devices.balance.identify import identify, other_words, ready_words, still_itself
from devices.balance.says import Says, Weight
from devices.errors import OutOfRange, Refusing, Silent, Trouble
from devices.exchange import Answer, Ask, Heard, needs_resync
from devices.journal import Journal
from devices.line import Line
from devices.link import ANSWERING, LATCHED, Happening, LinkEvent, LinkName, LinkState, Listener
from devices.readings import BalanceIdentity, Epoch
from devices.transport import LineSettings, PortLost

LISTEN_S: Final = 1.0
"""Seconds of listening before the first command: finds auto print and streams without changing the balance."""

MOST_UNASKED_BYTES: Final = 256
"""More bytes than this while listening, and the balance prints by itself (F12, F33)."""

MOST_UNASKED: Final = 5
UNASKED_WITHIN_S: Final = 60.0
"""More unasked lines than MOST_UNASKED in this time, and the balance prints by itself (F12)."""

HEARTBEAT_S: Final = 5.0
"""Seconds without a word after which the balance is asked whether it is still there, and still itself."""

MOST_FAILURES: Final = 3
"""Failures in a row, the first one included, after which a suspect link is lost (F8)."""

PATIENCE_S: Final = 12.0
"""Seconds beyond the deadlines of a question and those before it until its asker is let go: a link is checked meanwhile."""

AUTO_PRINT: Final = "The balance prints by itself. Switch auto print off on the balance, then press TRY AGAIN."
RESTARTED: Final = "The balance was switched off and on. What was being weighed must be weighed again."
LOST: Final = (
    "The link to the balance was lost. It may have been switched off, moved or exchanged meanwhile: weigh anew."
)
SILENT: Final = "The balance was silent for a while; it may have been switched off. Weigh anew."


@dataclass
class _Job:
    ask: Ask
    done: threading.Event = field(default_factory=threading.Event)
    answer: Answer[Says] | None = None

    def finish(self, answer: Answer[Says]) -> None:
        if not self.done.is_set():
            self.answer = answer
            self.done.set()


@dataclass(frozen=True)
class _Ending:
    name: LinkName
    says: str


class Connection:
    """The owner of one port. `ask` may be called from any thread and never raises for trouble on the wire."""

    def __init__(
        self,
        codec: BalanceCodec,
        url: str,
        line: LineSettings,
        serial: str | None,
        clock: Callable[[], datetime],
        journal: Journal | None,
        listener: Listener,
    ) -> None:
        """Prepare; nothing is opened before `start`. `serial` None adopts the first balance that answers."""
        self.codec, self.url, self.settings, self.serial = codec, url, line, serial
        self._clock, self._journal, self._listener = clock, journal, listener
        self._guard = threading.Condition()
        self._jobs: deque[_Job] = deque()
        self._doing: _Job | None = None
        self._closing, self._again = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._open_line: Line[Says] | None = None
        self._unasked: deque[float] = deque()
        self._ending: _Ending | None = None
        self._was_ready = False
        self._state = LinkState("closed", "The balance is not connected.", None, Epoch(0, 0, 0))
        if journal:
            journal.tell_me(lambda says: self.happened("journal", says or "The journal is written again."))

    @property
    def state(self) -> LinkState:
        """How the link stands now."""
        with self._guard:
            return self._state

    def start(self) -> None:
        """Start the owner's thread; harmless if it runs."""
        if self._thread is None:
            self._closing.clear()
            self._thread = threading.Thread(target=self._run, name=f"balance {self.url}", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End the thread and close the port; every open question is answered Silent."""
        self._closing.set()
        self._again.set()
        self._wake()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def try_again(self) -> None:
        """A person has mended the cause: leave a latched state, or stop waiting for the next attempt."""
        self._again.set()

    def ask(self, ask: Ask) -> Answer[Says]:
        """Put a question and wait for its answer; Silent at once if the link is not ready, or when its time is over."""
        job = _Job(ask)
        with self._guard:
            if self._state.name not in ANSWERING:
                return Answer(ask, trouble=Silent(self._state.says, link_lost=True))
            self._jobs.append(job)
            patience = PATIENCE_S + sum(one.ask.deadline_s for one in self._open())
        self._wake()
        if not job.done.wait(patience):
            with self._guard, suppress(ValueError):
                self._jobs.remove(job)  # what nobody waits for any more must not change the balance later
        return job.answer or Answer(ask, trouble=Silent("The balance does not answer.", link_lost=True))

    def _open(self) -> list[_Job]:
        return [*([self._doing] if self._doing else []), *self._jobs]

    def raise_change(self, what: Happening, says: str) -> None:
        """End the epoch: a zero, a tare, or a keypad tare that was found (F27)."""
        with self._guard:
            epoch = self._state.epoch
            self._state = replace(self._state, epoch=epoch._replace(change=epoch.change + 1))
        self._listener.forget(None)
        self.happened(what, says)

    # ---- the owner's thread ----------------------------------------------------------------------------------------

    def _run(self) -> None:
        last = _Ending("lost", "The driver stopped because of a fault in the program. Restart the server.")
        attempt = 0
        try:
            while not self._closing.is_set():
                self._was_ready = False
                ending = self._session()
                attempt = 0 if self._was_ready else attempt + 1
                self._end(ending)
                self._pause(ending, attempt)
            last = _Ending("closed", "The balance is not connected.")
        finally:
            self._end(last)

    def _session(self) -> _Ending:
        """Open, listen, identify, serve; return why it is over."""
        self._again.clear()
        self._ending = None
        self._unasked.clear()
        self._enter("opening", "Opening the link to the balance.")
        try:
            line = Line(self.url, self.settings, self.codec, self._journal, self._closing)
            with self._guard:
                self._open_line = line
            return self._listen(line) or self._identify(line) or self._serve(line)
        except PortLost as lost:
            self._note(f"{lost.kind}: {lost.says}")
            return _Ending("config_error" if lost.kind == "not_a_tty" else "lost", lost.says)
        finally:
            with self._guard:
                open_line, self._open_line = self._open_line, None
            if open_line is not None:
                open_line.close()

    def _end(self, ending: _Ending) -> None:
        """Answer whoever waits, then say that the link is over: nobody hears the balance from here on (F13)."""
        silent = Silent(ending.says, link_lost=True)
        with self._guard:
            before, self._state = self._state, replace(self._state, name=ending.name, says=ending.says)
            waiting, self._jobs = self._open(), deque()
        for job in waiting:
            job.finish(Answer(job.ask, trouble=silent))
        self._listener.forget(silent)
        if before != self._state:
            self.happened("state", ending.says, ending.name)
        if self._was_ready and ending.name != "closed":
            self._was_ready = False
            self._restarted(LOST, "may_have_restarted")

    def _pause(self, ending: _Ending, attempt: int) -> None:
        """Wait before the next attempt: for a person if latched, else backing off, cut short when the device reappears."""
        if self._closing.is_set():
            return
        if ending.name in LATCHED:
            self._again.wait()
            return
        wait_for_return(self.url, attempt, self._again)

    def _listen(self, line: Line[Says]) -> _Ending | None:
        """Hear what the balance says by itself: a weight is a setting to mend, a banner a restart (F12, F13)."""
        self._enter("listening", "Listening to the balance.")
        until, heard = monotonic() + LISTEN_S, 0
        while monotonic() < until and not self._closing.is_set():
            heard += len(line.hear())
            if self._ending or heard > MOST_UNASKED_BYTES or any(_is_weight(one) for one in line.conversation.aside):
                return _Ending("config_error", AUTO_PRINT)
        if any(one.restarted for one in line.conversation.take_aside()):
            self._restarted(RESTARTED)
        return self._closed()

    def _identify(self, line: Line[Says]) -> _Ending | None:
        self._enter("identifying", "Asking the balance who it is.")
        identity = identify(self.codec, lambda ask: self._run_quietly(line, ask))
        if not isinstance(identity, BalanceIdentity):
            return self._closed() or self._ending or _Ending("lost", identity.says)
        if wrong := self._other_balance(identity.serial):
            return wrong
        self.serial = identity.serial
        first = max(self._state.epoch.connection + 1, int(self._clock().timestamp()))
        with self._guard:
            restarts = self._state.epoch.restart
            self._state = replace(self._state, identity=identity, epoch=Epoch(first, restarts, 0))
        self._listener.forget(None)
        line.conversation.aside.clear()
        self._ready()
        return None

    def _ready(self) -> None:
        self._was_ready = True
        self._enter("ready", ready_words(self._state.identity))

    def _serve(self, line: Line[Says]) -> _Ending:
        while not (self._ending or self._closing.is_set()):
            job = self._next_job()
            if job is not None:
                self._ending = self._do(line, job) or self._ending
            elif (ask := self._listener.next_ask(monotonic())) is not None:
                answer = self._converse(line, ask)
                self._listener.answered(answer, monotonic())
                self._ending = self._after(line, answer) or self._ending
            elif monotonic() - line.heard_at > HEARTBEAT_S:
                answer = self._who(line)
                self._ending = self._proved(answer) or self._after(line, answer) or self._ending
            else:
                line.hear()
                self._look_aside(line)
        return self._ending or _Ending("closed", "The balance is not connected.")

    def _next_job(self) -> _Job | None:
        with self._guard:
            self._doing = self._jobs.popleft() if self._jobs else None
            return self._doing

    def _do(self, line: Line[Says], job: _Job) -> _Ending | None:
        if job.ask.changes:
            self._enter("busy", "The balance is busy.")
        try:
            answer = self._converse(line, job.ask)
        except PortLost as lost:
            job.finish(Answer(job.ask, trouble=Silent(lost.says, line.partial, link_lost=True)))
            raise
        if job.ask.changes and not isinstance(answer.trouble, Refusing | OutOfRange):
            self.raise_change("changed", "The balance was zeroed or tared: weigh anew.")
        if job.ask.changes and not needs_resync(answer.trouble):
            self._ready()
        job.finish(answer)
        return self._after(line, answer)

    def _after(self, line: Line[Says], answer: Answer[Says]) -> _Ending | None:
        """Resynchronise if the answer leaves the line in doubt."""
        if self._closing.is_set() or not needs_resync(answer.trouble):
            return None
        return self._suspect(line, answer.trouble)

    def _suspect(self, line: Line[Says], trouble: Trouble | None) -> _Ending | None:
        """Wait for quiet, ask who is there; ready again only if the right balance answers (F8, F11)."""
        why = f"{trouble.says} " if trouble else ""
        self._enter("suspect", f"The balance did not answer as it should. {why}Checking the link.")
        self._listener.forget(None)
        restarts = self.state.epoch.restart
        for failures in range(1, MOST_FAILURES):
            self._quiet(line)
            if self._ending or self._closing.is_set():
                return self._ending
            answer = self._who(line)
            if answer.trouble is None:
                if failures > 1 and self.state.epoch.restart == restarts:
                    self._restarted(SILENT, "may_have_restarted")
                wrong = self._proved(answer)
                if wrong is None:
                    self._ready()
                return wrong
        return self._ending or _Ending("lost", "The balance does not answer. Is it switched on?")

    def _who(self, line: Line[Says]) -> Answer[Says]:
        """Ask for the serial number, after another harmless question: a power-on banner looks like its answer (F13)."""
        for verb in ("model", "serial"):
            answer = self._converse(line, self.codec.ask(self.codec.words[verb]))
            if needs_resync(answer.trouble):
                break
        return answer

    def _proved(self, answer: Answer[Says]) -> _Ending | None:
        serial = still_itself(answer)
        return None if serial is None else self._other_balance(serial)

    def _other_balance(self, serial: str) -> _Ending | None:
        if self.serial is None or serial == self.serial:
            return None
        return _Ending("wrong_device", other_words(serial, self.serial))

    def _closed(self) -> _Ending | None:
        return _Ending("closed", "The balance is not connected.") if self._closing.is_set() else None

    def _converse(self, line: Line[Says], ask: Ask) -> Answer[Says]:
        answer = line.converse(ask)
        if line.conversation.flooded:
            self._ending = _Ending("config_error", AUTO_PRINT)
        self._look_aside(line)
        return replace(answer, said=self.codec.whole(answer.said))

    def _run_quietly(self, line: Line[Says], ask: Ask) -> Answer[Says]:
        """Converse while identifying: what a broken answer leaves on the line is let pass."""
        answer = self._converse(line, ask)
        if needs_resync(answer.trouble):
            self._quiet(line)
        return answer

    def _quiet(self, line: Line[Says]) -> None:
        """Let what is under way end; only weights and restarts in it count."""
        if self.codec.restart_sign() in line.quiet():
            self._restarted(RESTARTED)
        heard = line.conversation
        heard.aside = [one for one in heard.aside if _is_weight(one) or one.restarted]
        self._look_aside(line)

    def _look_aside(self, line: Line[Says]) -> None:
        """Deal with lines nobody asked for: a restart ends the epoch, too many of any kind are a setting (F12, F13)."""
        for heard in line.conversation.take_aside():
            if heard.restarted:
                self._restarted(RESTARTED)
                continue
            self._unasked.append(monotonic())
            self.happened("unasked", "The balance sent a line nobody asked for; it was left out.")
        while self._unasked and monotonic() - self._unasked[0] > UNASKED_WITHIN_S:
            self._unasked.popleft()
        if len(self._unasked) > MOST_UNASKED:
            self._ending = _Ending("config_error", AUTO_PRINT)

    def _restarted(self, says: str, what: Happening = "restarted") -> None:
        with self._guard:
            epoch = self._state.epoch
            self._state = replace(self._state, epoch=epoch._replace(restart=epoch.restart + 1))
        self._listener.forget(None)
        self.happened(what, says)

    def _enter(self, name: LinkName, says: str) -> None:
        with self._guard:
            if (self._state.name, self._state.says) == (name, says):
                return
            self._state = replace(self._state, name=name, says=says)
        self.happened("state", says, name)

    def happened(self, what: Happening, says: str, named: str = "") -> None:
        """Write down what happened, among the bytes in which it was heard, and tell whoever listens."""
        if what != "journal":
            self._note(f"{named or what}: {says}")
        self._listener.tell(LinkEvent(what, says, self._clock(), self.state.epoch))

    def _note(self, words: str) -> None:
        if self._journal:
            self._journal.note(words)

    def _wake(self) -> None:
        with self._guard:
            if self._open_line is not None:
                self._open_line.wake()


def _is_weight(heard: Heard[Says]) -> bool:
    return isinstance(heard.said, Weight)
