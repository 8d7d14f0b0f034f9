"""What a terminal screen shows: frozen values that are the page's context and its JSON alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal[
    "scan",
    "weigh",
    "photo",
    "confirm",
    "count",
    "programme",
    "volume",
    "seconded",
    "print",
    "wait",
    "paused",
    "clock",
    "scale",
    "other",
    "ended",
]
Worn = Literal["gloves", "outer gloves", "gown", "hair cover", "mask", "eyes", "shoe covers"]
Tone = Literal["right", "wrong", "check", "waiting"]


@dataclass(frozen=True)
class Action:
    """One button. It does what the command card of its word does, or leads somewhere."""

    label: str
    """What is written on it."""
    word: str = ""
    """The command word it stands for."""
    href: str = ""
    """Where it leads instead."""
    main: bool = False
    """The one primary action."""
    call: bool = False
    """CALL stands at the far right."""


@dataclass(frozen=True)
class Verdict:
    """What became of something, as it is shown and heard (SCREENS 5)."""

    kind: Tone
    """Which of the four."""
    word: str
    """What it is, in capitals."""
    says: str = ""
    """What it was and what was expected."""
    act: str = ""
    """What to do."""
    note: str = ""
    """Attempts, and what was recorded."""
    answers: tuple[Action, ...] = ()
    """Buttons on a red screen."""


@dataclass(frozen=True)
class Item:
    """One line of an expected list."""

    label: str
    """What it is."""
    detail: str = ""
    """What was found, or what is wanted."""
    done: bool = False
    """Ticked."""
    here: bool = False
    """Highlighted: the next one."""


@dataclass(frozen=True)
class Picture:
    """A drawing of the thing that is wanted."""

    kind: Literal[
        "vial",
        "powder",
        "bag",
        "cassette",
        "elastomeric",
        "bottle",
        "syringe",
        "oral syringe",
        "flag",
        "oral flag",
        "cabinet",
        "device",
        "label",
        "weight",
        "camera",
        "hand",
        "waste",
        "tray",
        "tablets",
        "empty bottle",
        Worn,
    ]
    """Which drawing; a flag is the label of a syringe, round its barrel."""
    title: str = ""
    """What stands on its label, first line."""
    lines: tuple[str, ...] = ()
    """Caption lines below."""
    fill: int = 0
    """How full it is drawn, 0 to 100."""
    mark: str = ""
    """The amount at the plunger's mark."""


@dataclass(frozen=True)
class Bar:
    """The limits of a weighing."""

    low: str
    """Smallest accepted difference, with unit."""
    expected: str
    """Expected difference."""
    high: str
    """Greatest accepted difference."""
    before: str
    """The reading it starts from, as the balance sent it."""
    guard: str
    """How near to a limit is too close to call, with unit; empty where the first reading does not state it."""
    width: int
    """How wide that is on the bar, of the 454 units between the limits."""


@dataclass(frozen=True)
class Live:
    """What changes while a screen stands: asked for again and again."""

    version: int
    """The preparation's version; another than the screen's means: draw it anew."""
    value: str
    """The balance's number as sent; empty where it says nothing."""
    unit: str
    """Its unit."""
    settled: bool
    """Whether it has settled."""
    prompt: str
    """What to do with the load, in words."""
    instead: str
    """What stands in the place of the instruction for now, so that never two are asked for at once; mostly empty."""
    formula: str
    """The arithmetic as it stands."""
    place: int | None
    """Where the mark stands on the bar, 0 to 100."""
    inside: bool | None
    """Whether it lies inside the limits."""
    close: bool
    """Whether it lies inside them, but too close to one to call."""
    ready: bool
    """Whether the page now asks for the weight to be taken."""
    trouble: str
    """What keeps the balance from weighing, in words; shown as a banner."""
    trouble_word: str
    """The same in one or two words."""
    unchecked: bool
    """Whether the weight that is waited for needs the day's check of the balance first: the screen then leads there (R15)."""
    heard: tuple[Heard, ...]
    """Readings of the station's scanner since the page's last one."""
    devices: tuple[Device, ...]
    """The status row."""
    note: str = ""
    """Id of the message that should stand on the glass; empty for none."""


@dataclass(frozen=True)
class Heard:
    """One reading of the station's own scanner, fetched by its number."""

    id: str
    """Names run and number."""
    trouble: str = ""
    """Why it cannot be used, in words."""


@dataclass(frozen=True)
class Note:
    """A pharmacist's message on the glass, until somebody says that they read it. It stands beside the step, and moves none."""

    id: str
    by: str
    """Printed name of who sent it."""
    at: str
    """When, in the site's zone: 09:31."""
    text: str
    telephone: str
    """Where they may be called; empty for nowhere."""


@dataclass(frozen=True)
class Device:
    """One entry of the status row."""

    name: str
    """balance, scanner, printer."""
    state: Literal["ready", "busy", "not answering", "needs check", "wrong device", "none"]
    """How it stands."""
    says: str
    """In a few words."""


@dataclass(frozen=True)
class Screen:
    """One preparation at a station, as it stands."""

    station: str
    """Station code."""
    preparation: str
    """Its id."""
    code: str
    """Its id as it is printed, with the check character."""
    version: int
    """The version shown; every form carries it."""
    command_id: str
    """What is asked from this screen carries this id, so that it is done once."""
    person: str
    """Person id of who is signed in: evidence kept in the browser is theirs alone."""
    patient: str
    """Name as on the label."""
    identifier: str
    """The second identifier, with its name."""
    drug: str
    """In tall-man lettering by the site's table."""
    dose: str
    """As ordered."""
    route: str
    """In words."""
    due: str
    """Needed by, in the site's zone."""
    marks: tuple[str, ...]
    """STAT, HAZARDOUS, UNCONFIRMED values: words that stand beside the drug."""
    kind: Kind
    """Which panel is shown."""
    slot: str
    """The open slot; empty where nothing is asked of a technician."""
    task: str
    """The instruction."""
    step: int
    """Which step this is, from 1."""
    steps: int
    """How many there are."""
    last: str
    """What was accepted last, for the strip."""
    items: tuple[Item, ...]
    """The expected list, or the tiles."""
    picture: Picture
    """The expected thing."""
    bar: Bar | None
    """The limits of a weighing."""
    says: tuple[str, ...]
    """Sentences of a screen that waits or explains."""
    since: str
    """Since when it waits; ISO 8601, UTC; empty for a screen that does not."""
    tries: str
    """Attempt 2 of 3; empty before the first failure."""
    actions: tuple[Action, ...]
    """The buttons."""
    words: tuple[str, ...]
    """Command cards that do something here."""
    gown_until: str
    """When the gown is due, ISO; empty before it is on."""
    gloves_until: str
    """When the gloves must be changed; ISO 8601, UTC; empty before they are on."""
    beyond_use: str
    """Beyond-use time in the site's zone; empty before it runs."""
    typed: bool
    """Whether a code that will not scan may be typed here."""
    heard: str
    """Id of the newest reading of the station's scanner when it was drawn: those after it are this screen's."""
    every: int
    """Milliseconds between two questions for what is live."""
    at: datetime
    """When it was drawn."""
    note: Note | None = None
    """A pharmacist's message that nobody here has read yet."""
