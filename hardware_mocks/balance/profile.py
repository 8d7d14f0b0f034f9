"""What a pretend balance says of itself and how long it takes: one value for one instrument."""

from dataclasses import dataclass


def serial_number(text: str) -> str:
    """A serial number as I4 can quote it. ValueError if it cannot."""
    if not text or not text.isascii() or not text.isprintable() or '"' in text:
        raise ValueError(f"{text!r} cannot be a serial number: printable characters without quotes")
    return text


@dataclass(frozen=True)
class Profile:
    """What this balance says of itself, and how long it takes."""

    model: str = "MS4002"
    """Type, the first word of I2."""
    serial: str = "B123456789"
    """Serial number, I4."""
    levels: str = "01"
    """MT-SICS levels that are implemented in full, I1."""
    level_versions: tuple[str, ...] = ("2.30", "2.20", "", "")
    """Version of each level, I1."""
    software: str = "1.20 34.28.3.4485.1729"
    """Software and type definition number, I3."""
    software_id: str = "12121306C"
    """Software identification, I5 (layout unverified)."""
    width: int = 10
    """Characters of the weight field."""
    tare_status: str = "A"
    """Status of a TA reply: A in manuals, S on some balances."""
    stability_timeout: float = 10.0
    """Bench seconds until S, Z and T give up (unverified)."""
    stream_interval: float = 0.2
    """Wall seconds between two lines of SIR."""
    adjustment: float = 15.0
    """Bench seconds of an internal adjustment (1 to 3 minutes on a real one)."""
    boot: float = 2.0
    """Bench seconds of the self-test after power-on."""
    doors: bool = False
    """Has motor doors (WS)."""
    printout: str = "block"
    """Sartorius: what P prints: "plain" (16 characters), "net" (22), or "block" (gross, tare, net)."""
    acknowledge: int = 1
    """A&D: erCd; 0 keeps control commands silent (as delivered), 1 acknowledges them, 2 echoes them."""
    responds: bool = True
    """Ohaus: OK! after a control command (1RL)."""
    gap: float = 0.1
    """KERN: wall seconds after a command within which the next is lost."""
