"""Writes half.json: float32 numbers by their bits, and the bits of float16 that numpy rounds them to.

    python tests/formats/make_half_fixture.py && deno fmt tests/formats/half.json

The numbers are the neighbourhoods of every limit of the format, ties in both directions, and random bit patterns.
"""
import hashlib, json, os
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))

limits = [0.0, 2.0**-25, 2.0**-24, 1.5 * 2.0**-24, 2.5 * 2.0**-24, 2.0**-14, 2.0**-14 - 2.0**-25, 0.1, 1 / 3, 1.0,
          1 + 2.0**-11, 1 + 3 * 2.0**-11, 2 - 2.0**-11, 2048.0, 2049.0, 2051.0, 4095.0, 65504.0, 65519.99, 65520.0,
          65536.0, 3.4e38]
bits = []
for limit in limits:
    middle = int(np.float32(limit).view(np.uint32))
    bits += [around for around in range(max(0, middle - 2), middle + 3)]
bits += [0x7F800000, 0x7FC00000, 0x7F800001, 0x00000001, 0x007FFFFF]
generator = np.random.default_rng(1)
# Exponents from 2**-27 to 2**17, where the two formats meet.
bits += ((generator.integers(100, 145, 400) << 23) | generator.integers(0, 1 << 23, 400)).tolist()
bits += [x | 0x80000000 for x in bits]
with np.errstate(all="ignore"):
    singles = np.array(bits, dtype=np.uint32).view(np.float32)
    halves = singles.astype(np.float16)
patterns = np.arange(1 << 16, dtype=np.uint32).astype(np.uint16).view(np.float16).astype(np.float32)
with open(os.path.join(HERE, "half.json"), "w") as file:
    json.dump({
        "numpy": np.__version__,
        "single": bits,
        "half": halves.view(np.uint16).tolist(),
        # SHA-256 of all 65536 halves as float32, without the NaNs, in the order of their bits.
        "all": hashlib.sha256(patterns[~np.isnan(patterns)].tobytes()).hexdigest(),
    }, file)
