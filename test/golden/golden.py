"""Writing of the golden files, shared by make_keras.py and make_torch.py.

A NumPy array becomes {"shape": [...], "data": [...]} on one line, its values
in the shortest decimal form that gives the same float32 back. Integer arrays
carry "dtype": "int32" as well. Plain Python numbers are written as they are.
"""

import json
import os

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def number(value):
    """Shortest text of `value` that round-trips through float32."""
    value = float(value)
    if not np.isfinite(value):
        return '"NaN"' if np.isnan(value) else f'"{"-" if value < 0 else ""}Infinity"'
    text = str(np.float32(value))
    if not np.isfinite(np.float32(value)):
        raise ValueError(f"{value} does not fit in float32")
    if text.endswith(".0"):
        text = text[:-2]
    return "0" if text == "-0" else text


def array(value):
    value = np.asarray(value)
    shape = json.dumps(list(value.shape))
    if np.issubdtype(value.dtype, np.integer):
        data = ", ".join(str(int(v)) for v in value.ravel())
        return f'{{ "shape": {shape}, "dtype": "int32", "data": [{data}] }}'
    data = ", ".join(number(v) for v in value.ravel())
    return f'{{ "shape": {shape}, "data": [{data}] }}'


def render(value, indent=0):
    inner = "  " * (indent + 1)
    outer = "  " * indent
    if isinstance(value, np.ndarray):
        return array(value)
    if isinstance(value, Named):
        head = f'{{ "name": {json.dumps(value.name)}, '
        if value.trainable is not None:
            head += f'"trainable": {json.dumps(value.trainable)}, '
        return head + array(value.value)[2:]
    if isinstance(value, (np.floating,)):
        return number(value)
    if isinstance(value, dict) and value:
        simple = all(v is None or isinstance(v, (bool, int, float, str, np.floating)) for v in value.values())
        items = [f"{json.dumps(k)}: {render(v, indent + 1)}" for k, v in value.items()]
        if simple and sum(map(len, items)) < 90:
            return "{ " + ", ".join(items) + " }"
        return "{\n" + ",\n".join(inner + i for i in items) + "\n" + outer + "}"
    if isinstance(value, (list, tuple)) and value:
        items = [render(v, indent + 1) for v in value]
        if all(v is None or isinstance(v, (bool, int, float, str, np.floating)) for v in value):
            return "[" + ", ".join(items) + "]"
        return "[\n" + ",\n".join(inner + i for i in items) + "\n" + outer + "]"
    return json.dumps(value, allow_nan=False, ensure_ascii=False)


class Named:
    """An array with a name, e.g. a weight: one line with "name", "shape", "data"."""

    def __init__(self, name, value, trainable=None):
        self.name = name
        self.value = np.asarray(value)
        self.trainable = trainable


def write(name, about, **content):
    path = os.path.join(HERE, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(render({"about": about, **content}) + "\n")
    with open(path, encoding="utf-8") as file:
        json.load(file, parse_constant=lambda c: (_ for _ in ()).throw(ValueError(c)))
    print(f"{name}: {os.path.getsize(path)} bytes")


def read_array(entry):
    """The array of a {"shape", "data"} entry: int64, or float64 holding the float32 values."""
    if entry.get("dtype") == "int32":
        return np.array(entry["data"], dtype=np.int64).reshape(entry["shape"])
    return np.array(entry["data"], dtype=np.float32).astype(np.float64).reshape(entry["shape"])
