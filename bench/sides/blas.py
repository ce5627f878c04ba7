"""numpy's matrix products, one thread: reads one JSON request a line, answers with one JSON line.

{"ask": "product", "kind": "nn", "m": 256, "n": 256, "k": 256} answers the seconds of one product, the best of several.
"""
import json
import sys
import time

import numpy as np


def version():
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"numpy {np.__version__} with {blas['name']} {blas['version']}"


def measure(kind, m, n, k):
    a = np.random.rand(k, m).astype(np.float32).T if kind == "tn" else np.random.rand(m, k).astype(np.float32)
    b = np.random.rand(n, k).astype(np.float32).T if kind == "nt" else np.random.rand(k, n).astype(np.float32)
    out = np.empty((m, n), np.float32)
    steps = max(1, int(2e8 / (m * n * k)))
    best = float("inf")
    for _ in range(8):
        start = time.perf_counter()
        for _ in range(steps):
            np.dot(a, b, out=out)
        best = min(best, (time.perf_counter() - start) / steps)
    return best


try:
    name = version()
except Exception:  # before numpy 1.26
    name = f"numpy {np.__version__}"
print(json.dumps({"version": name}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps({"seconds": measure(*(request[name] for name in ("kind", "m", "n", "k")))}), flush=True)
