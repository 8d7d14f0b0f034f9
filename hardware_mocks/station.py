"""A whole pretend station in this process: a bench; balance, scanner, label printer on their wires; a camera; faults on demand.

with Station() as station:
    driver.open(station.balance_url)
    station.put("24.55")
"""

import threading
from collections import deque
from dataclasses import replace
from decimal import Decimal
from types import TracebackType

from hardware_mocks.balance.pan import Build, Pan
from hardware_mocks.balance.profile import Profile, serial_number
from hardware_mocks.balance.protocols import speaking
from hardware_mocks.bench import Bench, Clock
from hardware_mocks.fault import Trigger, Value
from hardware_mocks.faults import Faults
from hardware_mocks.printer import LabelPrinter
from hardware_mocks.scanner import Scanner
from hardware_mocks.stand import Stand
from hardware_mocks.wire import PtyWire, TcpWire, Wire

TICK = 0.02
"""Wall seconds after which an instrument looks up even if nothing was said to it."""


class Station:
    """Starts at `with`, and leaves no thread, port or file behind. Safe to use from any thread."""

    def __init__(
        self,
        name: str = "hood1",
        *,
        protocol: str = "mt-sics",
        profile: Profile | None = None,
        build: Build | None = None,
        pty: bool = False,
        balance_port: int = 0,
        scanner_port: int = 0,
        printer_port: int = 0,
        scanner_suffix: bytes = b"\r",
        seed: int | None = None,
        speed: float = 1.0,
    ) -> None:
        kind = speaking(protocol)
        self.name = name
        self.protocol = protocol
        self.bench = Bench(Clock(speed))
        self.pan = Pan(self.bench, build, seed)
        self.profile = profile or Profile(model=kind.model)
        self._ends = threading.Event()
        self._threads: list[threading.Thread] = []
        self._wires: dict[str, Wire] = {}
        try:
            self._wires["balance"] = _wire(pty, balance_port, f"usb-mock_{self.profile.serial}-if00-port0")
            self._wires["scanner"] = _wire(pty, scanner_port, "usb-mock_scanner-if00")
            self._wires["printer"] = TcpWire(printer_port)
        except OSError:
            self._close_wires()
            raise
        self.printer = LabelPrinter(self._wires["printer"])
        self.faults = Faults(self)
        self.balance = kind(self.pan, self.profile, self.faults.speak)
        self.balance.heard = self._heard
        self.scanner = Scanner(self._wires["scanner"], scanner_suffix)
        self.stand = Stand()
        self.echo = False
        """What the host sends comes back first (F14)."""
        self.commands: list[str] = []
        """The commands the balance heard, oldest first, the last thousand."""
        self.scans: list[str] = []
        """What was held to the scanner, oldest first, the last hundred."""
        self.wire_log: deque[tuple[str, bytes]] = deque(maxlen=100)
        """(">>" host to balance, "<<" balance to host; bytes), oldest first."""
        self.bench.after_change.append(self.faults.load_changed)

    def __enter__(self) -> "Station":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> "Station":
        for work in (self._run_balance, self._run_scanner, self._run_printer):
            thread = threading.Thread(target=work, name=f"mock {self.name} {work.__name__}", daemon=True)
            self._threads.append(thread)
            thread.start()
        return self

    def close(self) -> None:
        """End the threads, then the wires. Twice does no harm."""
        self._ends.set()
        for thread in self._threads:
            thread.join(timeout=5)
        self._threads.clear()
        self._close_wires()

    def _close_wires(self) -> None:
        for wire in self._wires.values():
            wire.close()

    # -- what to configure ------------------------------------------------------------------------------------------

    @property
    def balance_url(self) -> str:
        """For serial.serial_for_url: socket://127.0.0.1:PORT, or a by-id path with pty=True."""
        return self._wires["balance"].url

    @property
    def scanner_url(self) -> str:
        return self._wires["scanner"].url

    @property
    def printer_url(self) -> str:
        """socket://127.0.0.1:PORT, whatever the others hang on."""
        return self._wires["printer"].url

    @property
    def serial(self) -> str:
        """The serial number the balance gives."""
        return self.balance.profile.serial

    # -- the operator -----------------------------------------------------------------------------------------------

    def put(self, g: str | int | Decimal) -> None:
        """Exactly so many grams lie on the pan now (what lay there before is taken off)."""
        self.bench.put(g)

    def add(self, g: str | int | Decimal, name: str = "load") -> None:
        """Put one thing more on the pan."""
        self.bench.add(g, name)

    def take(self, name: str = "load") -> None:
        """Take one thing of that name off. LookupError if it is not there."""
        self.bench.take(name)

    def clear(self) -> None:
        """Take everything off the pan."""
        self.bench.clear()

    def scan(self, data: str) -> bool:
        """Hold a code to the scanner: AIM identifier and data, separators as \\x1d. False if no host listened."""
        self.scans[:] = [*self.scans[-99:], data]
        return self.scanner.scan(data)

    def key(self, key: str) -> None:
        """Press print, tare, zero or adjust on the balance."""
        self.balance.press(key)

    def airflow(self, on: bool) -> None:
        """The cabinet's fan: it disturbs the pan."""
        self.bench.airflow = on

    def settle_speed(self, factor: float) -> None:
        """Let the physics run so many times faster: settling, its time-outs, adjustment, warm-up. Not the wire."""
        self.pan.advance()
        self.bench.clock.run_at(factor)

    def pace(self, device: str, seconds_a_byte: float) -> None:
        """Write so slowly: 10/9600 for 9600 8N1, 0 at once."""
        self._wire(device).pace = seconds_a_byte

    # -- plugs, faults ----------------------------------------------------------------------------------------------

    def plugged(self, device: str) -> bool:
        return self._wire(device).plugged

    def connected(self, device: str) -> bool:
        """Over TCP: a host has opened the port. A pty cannot tell and says whether it is plugged in."""
        return self._wire(device).connected

    def unplug(self, device: str) -> None:
        """Pull the data cable of balance, scanner or printer; the instrument itself keeps running."""
        self._wire(device).unplug()

    def replug(self, device: str) -> None:
        """Put it back: the same URL, a new node behind it."""
        self._wire(device).replug()

    def become(self, serial: str) -> None:
        """From now the balance answers with another serial number."""
        self.balance.become(replace(self.balance.profile, serial=serial_number(serial)))

    def power_cycle(self) -> None:
        self.balance.power_cycle()

    def fault(
        self,
        code: str,
        *,
        command: str | None = None,
        nth: int | None = None,
        after: float | None = None,
        on_load: bool = False,
        **given: Value,
    ) -> None:
        """Cause a fault of the table: at once, at a command, at the nth command, after seconds, or at a load change."""
        self.faults.arm(code, Trigger(command, nth, after, on_load), **given)

    def clear_faults(self) -> None:
        self.faults.clear()

    def put_on_wire(self, data: bytes) -> bool:
        """The balance's last step: bytes leave, if the plug is in."""
        self.wire_log.append(("<<", data))
        return self._wires["balance"].write(data)

    # -- inside -----------------------------------------------------------------------------------------------------

    def _wire(self, device: str) -> Wire:
        if device not in self._wires:
            raise ValueError(f"there is no {device!r} at this station: {', '.join(self._wires)}")
        return self._wires[device]

    def _heard(self, command: str) -> None:
        self.commands[:] = [*self.commands[-999:], command]
        self.faults.heard(command)

    def _run_balance(self) -> None:
        wire = self._wires["balance"]
        while not self._ends.is_set():
            data = wire.read(TICK)
            if data:
                self.wire_log.append((">>", data))
                if self.echo:
                    self.put_on_wire(data)
                self.balance.hear(data)
            self.faults.tick()
            self.balance.tick()

    def _run_scanner(self) -> None:
        wire = self._wires["scanner"]
        while not self._ends.is_set():
            wire.read(TICK)  # a scanner takes no orders; reading lets a host in and notices when it leaves

    def _run_printer(self) -> None:
        wire = self._wires["printer"]
        while not self._ends.is_set():
            data = wire.read(TICK)
            if data:
                self.printer.hear(data)
            self.printer.tick()


def _wire(pty: bool, port: int, by_id: str) -> Wire:
    return PtyWire(by_id) if pty else TcpWire(port)
