"""Values of command lines; argparse turns what these raise into one line and exit code 2."""
from __future__ import annotations

import argparse


def count(text: str) -> int:
    """A whole number from 1 on."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number from 1 on")
    return value


def patch_of_image(text: str) -> int:
    """A patch size that divides the images' side."""
    value = count(text)
    if 32 % value:
        raise argparse.ArgumentTypeError(f"patches of {value} pixels do not divide images of 32")
    return value
