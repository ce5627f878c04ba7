"""Makes npy.json: files as NumPy writes them, in base64, and the numbers that they hold.

Usage: python make_npy.py
"""

import base64
import io
import json
import os

import numpy as np


def saved(write):
    buffer = io.BytesIO()
    write(buffer)
    return base64.b64encode(buffer.getvalue()).decode()


def npy(name, array, version=None):
    array = np.asanyarray(array)
    return {
        "name": name,
        "file": saved(lambda out: np.lib.format.write_array(out, array, version=version)),
        "shape": list(array.shape),
        "values": array.astype(np.float64).ravel().tolist(),
    }


numbers = np.array([[0, 1, 2], [100, 5, 127]])
files = [npy(f"{order}{kind}", numbers.astype(order + kind)) for kind in ("u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8") for order in "<>"]
files += [npy(kind, numbers.astype(kind)) for kind in ("u1", "i1", "?")]
files += [
    npy("negative i8", np.array([-1, -(2**31), 2**31 - 1], dtype="<i8")),
    npy("u4 beyond i4", np.array([0, 2**32 - 1], dtype="<u4")),
    npy("i8 beyond i4", np.array([1, 2**40], dtype=">i8")),
    npy("halves", np.array([1.5, -0.0, 2**-24, 65504, 2**-14], dtype="<f2")),
    npy("doubles", np.array([0.5, -(2.0**-30), 1e30 // 1], dtype="<f8").astype("<f4").astype("<f8")),
    npy("Fortran order", np.asfortranarray(np.arange(24, dtype="<f4").reshape(2, 3, 4))),
    npy("Fortran order, big end first", np.asfortranarray(np.arange(6, dtype=">i2").reshape(3, 2))),
    npy("a list", np.arange(5, dtype="<i4")),
    npy("a single number", np.float32(2.5)),
    npy("no rows", np.zeros((0, 3), dtype="<f4")),
    npy("version 2", np.arange(3, dtype="<f4"), (2, 0)),
    npy("version 3", np.arange(3, dtype="<f4"), (3, 0)),
]

x = np.arange(12, dtype="<f4").reshape(4, 3) / 4
y = np.array([0, 1, 2, 1], dtype="<i8")
archives = [
    {"name": name, "file": saved(lambda out: write(out, x=x, y=y)), "x": x.ravel().tolist(), "y": y.tolist()}
    for name, write in (("savez", np.savez), ("savez_compressed", np.savez_compressed))
]

refused = [
    {"name": name, "file": saved(lambda out: np.lib.format.write_array(out, np.asarray(array)))}
    for name, array in {
        "complex": np.array([1 + 2j]),
        "text": np.array(["a", "b"]),
        "dates": np.array(["2020-01-01"], dtype="datetime64[D]"),
        "records": np.array([(1, 2.0)], dtype=[("a", "<i4"), ("b", "<f8")]),
        "objects": np.array([None], dtype=object),
    }.items()
]

content = {
    "about": {"script": "test/golden/make_npy.py", "libraries": f"numpy {np.__version__}"},
    "files": files,
    "archives": archives,
    "refused": refused,
}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "npy.json"), "w", encoding="utf-8") as out:
    json.dump(content, out, indent=1)
    out.write("\n")
