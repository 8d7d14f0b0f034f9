"""What can be wrong with a label, each with words a technician understands and the field it is about."""

from __future__ import annotations


class LabelTroubleError(ValueError):
    """A label that cannot be made. `field` names the part it is about; the message says what to do."""

    def __init__(self, field: str, says: str) -> None:
        """Keep the field's name and the sentence."""
        super().__init__(f"{field}: {says}")
        self.field = field
        self.says = says


class LabelIncomplete(LabelTroubleError):  # noqa: N818 - the word a pharmacist reads: the label is incomplete
    """A required field is missing or empty, so the label cannot be built."""


class DoesNotFit(LabelTroubleError):  # noqa: N818 - the word a pharmacist reads: the text does not fit
    """The content is larger than the stock at the smallest allowed type, so there is no label."""

    def __init__(self, field: str, by_mm: float, says: str = "") -> None:
        """Keep by how many millimetres it is too large."""
        self.by_mm = max(0.01, round(by_mm, 2))
        super().__init__(field, says or f"does not fit, by {self.by_mm} mm: use larger stock or shorter text")


class LabelRefused(LabelTroubleError):  # noqa: N818 - the word a pharmacist reads: the label was refused
    """The label holds something that cannot be printed truly, or did not decode back as meant."""
