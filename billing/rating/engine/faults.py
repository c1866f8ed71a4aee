"""What is wrong with a tariff, a deck or a call: one sentence that says what to mend."""

from __future__ import annotations

from typing import Any


class Fault(ValueError):
    """Bad input. `text` is the English sentence with %(name)s places, `values` what goes there.

    `line` is the number of the file's line (the header is 1), None where there is no file; `column` its column.
    """

    def __init__(self, text: str, *, line: int | None = None, column: str = "", **values: Any) -> None:
        self.text, self.values, self.line, self.column = text, values, line, column
        super().__init__(text)

    def __str__(self) -> str:
        said, column = self.text % self.values, self.unnamed_column
        if self.line is None:
            return said
        return f"line {self.line}, column {column}: {said}" if column else f"line {self.line}: {said}"

    @property
    def unnamed_column(self) -> str:
        """The column, "" where the sentence names it."""
        named = self.values.get("name") == self.column or self.text.startswith(f"{self.column} %")
        return "" if named else self.column

    def at(self, line: int) -> Fault:
        """The same fault, on `line` of a file."""
        return Fault(self.text, line=line, column=self.column, **self.values)

    def of(self, column: str) -> Fault:
        """The same fault, in `column`, unless it knows a column already."""
        return Fault(self.text, line=self.line, column=self.column or column, **self.values)


def refuse(fault: Fault) -> None:
    """What is done with a fault where nobody gathers them: raised."""
    raise fault


def noop(text: str) -> str:
    """Marks a sentence for translation; it stays as it is."""
    return text
