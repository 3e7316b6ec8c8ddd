"""Tables that read well in a terminal and are Markdown, and files that are never half written."""
from __future__ import annotations

import os
from pathlib import Path


def table(heads: tuple[str, ...], rows: list[list[str]], left: int) -> str:
    """A Markdown table with aligned columns; the first `left` of them are text."""
    widths = [max(len(row[i]) for row in (heads, *rows)) for i in range(len(heads))]

    def line(row) -> str:
        cells = [cell.ljust(w) if i < left else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths))]
        return "| " + " | ".join(cells) + " |"

    rule = ["-" * w if i < left else "-" * (w - 1) + ":" for i, w in enumerate(widths)]
    return "\n".join([line(heads), line(rule), *map(line, rows)])


def write(path: Path, text: str) -> None:
    """Writes beside the file, then puts it in place."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text, encoding="utf-8")
    os.replace(fresh, path)
