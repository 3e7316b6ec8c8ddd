"""Command lines: their values, and errors of one line with exit code 2."""
from __future__ import annotations

import argparse
import sys
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """argparse without the usage text before each error."""

    def __init__(self, description: str | None):
        super().__init__(description=description, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        print(f"error: {message}; see --help", file=sys.stderr)
        sys.exit(2)


def count(text: str) -> int:
    """A whole number from 1 on."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 1 on")
    return value


def seconds(text: str) -> float:
    """A length of time above zero."""
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of seconds above 0")
    return value


def patch_of_image(text: str) -> int:
    """A patch size that divides the images' side."""
    value = count(text)
    if 32 % value:
        raise argparse.ArgumentTypeError(f"patches of {value} pixels do not divide images of 32")
    return value


def words(allowed: tuple[str, ...]):
    """A parser of words with commas between them, each one of `allowed`, none twice."""

    def parse(text: str) -> list[str]:
        given = text.split(",")
        for word in given:
            if word not in allowed:
                raise argparse.ArgumentTypeError(f"'{word}' is none of {', '.join(allowed)}")
        if len(set(given)) < len(given):
            raise argparse.ArgumentTypeError(f"'{text}' names something twice")
        return given

    return parse
