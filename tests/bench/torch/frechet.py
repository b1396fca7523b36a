"""The Fréchet distance as published code computes it: the root of the product of the covariances, by scipy.

    python frechet.py FEATURES.safetensors

The file holds "real" and "generated" [n, D]. Prints one line of JSON: the distance, seconds, and peak memory in MB.
"""

import json
import resource
import sys
import time

import numpy as np
import scipy
from safetensors.numpy import load_file


def distance(real: np.ndarray, generated: np.ndarray) -> float:
    means = [x.mean(axis=0) for x in (real, generated)]
    covariances = [np.cov(x, rowvar=False) for x in (real, generated)]
    root = scipy.linalg.sqrtm(covariances[0] @ covariances[1])
    shift = means[0] - means[1]
    return float(shift @ shift + sum(np.trace(c) for c in covariances) - 2 * np.trace(root).real)


features = load_file(sys.argv[1])
real, generated = (features[name].astype(np.float64) for name in ("real", "generated"))
start = time.perf_counter()
value = distance(real, generated)
print(
    json.dumps(
        {
            "value": value,
            "seconds": time.perf_counter() - start,
            "peakMB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
            "version": f"numpy {np.__version__}, scipy {scipy.__version__}",
        }
    )
)
