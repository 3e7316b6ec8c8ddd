#!/usr/bin/env python3
"""Makes digits.bin from digits.csv.gz of scikit-learn (Debian: python3-sklearn): 1,797 records of one label byte (0..9)
and 64 pixel bytes (0..16, row by row), in the order of the source. Usage: make_digits.py [digits.csv.gz [digits.bin]]"""

import gzip
import pathlib
import sys

SOURCE = "/usr/lib/python3/dist-packages/sklearn/datasets/data/digits.csv.gz"

source = sys.argv[1] if len(sys.argv) > 1 else SOURCE
target = sys.argv[2] if len(sys.argv) > 2 else pathlib.Path(__file__).with_name("digits.bin")

records = bytearray()
with gzip.open(source, "rt") as lines:
    for line in lines:
        *pixels, label = (int(float(value)) for value in line.split(","))
        assert len(pixels) == 64 and all(0 <= pixel <= 16 for pixel in pixels) and 0 <= label <= 9, line
        records += bytes([label, *pixels])

assert len(records) == 1797 * 65
pathlib.Path(target).write_bytes(records)
