"""What is wrong with a tariff, a deck or a call: one sentence that says what to mend."""

from __future__ import annotations

from typing import Any


class Fault(ValueError):
    """Bad input. `text` is the English sentence with %(name)s places, `values` what goes there.

    `line` is the number of the file's line (the header is 1), None where there is no file.
    """

    def __init__(self, text: str, *, line: int | None = None, **values: Any) -> None:
        self.text, self.values, self.line = text, values, line
        super().__init__(text)

    def __str__(self) -> str:
        said = self.text % self.values
        return said if self.line is None else f"line {self.line}: {said}"

    def at(self, line: int) -> Fault:
        """The same fault, on `line` of a file."""
        return Fault(self.text, line=line, **self.values)


def noop(text: str) -> str:
    """Marks a sentence for translation; it stays as it is."""
    return text
