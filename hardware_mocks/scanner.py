"""A pretend barcode scanner on a serial wire: AIM identifier, data, suffix; nothing is ever heard from the host."""

from hardware_mocks.wire import Wire


class Scanner:
    """A 2-D imager that is held to codes."""

    def __init__(self, wire: Wire, suffix: bytes = b"\r") -> None:
        self.wire = wire
        self.suffix = suffix

    def scan(self, data: str) -> bool:
        """Send one code, separators as \\x1d in the text. False if no host listened: the scan is lost, as in life."""
        if not data:
            raise ValueError("there is nothing in this code: give its data, like ]d2010031…")
        return self.wire.write(data.encode("utf-8") + self.suffix)

    def scan_partly(self, data: str, keep: int) -> bool:
        """Only the first `keep` bytes, and no suffix: pulled away or unplugged in the middle."""
        return self.wire.write(data.encode("utf-8")[:keep])
