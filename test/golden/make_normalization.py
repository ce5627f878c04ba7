"""Writes normalization.json: what keras.layers.Normalization adapts to and puts out.

Usage: python make_normalization.py     Runs in float64 on float32 inputs, as make_keras.py does.
"""

import numpy as np

from make_keras import about, f32, host, keras
from golden import write


def case(name, config, arguments, shape, scale=1.0, offset=0.0):
    rng = np.random.default_rng(len(name))
    columns = np.arange(1, shape[-1] + 1)
    data = f32(rng.standard_normal(shape) * scale * columns + offset)
    data[..., 0] = 7 if name == "constant column" else data[..., 0]
    layer = keras.layers.Normalization(**arguments)
    if not arguments.get("mean"):
        layer.adapt(data)
    x = f32(rng.standard_normal((3, *shape[1:])) * scale + offset)
    if not layer.built:
        layer.build(x.shape)
    for v in layer.weights[:2]:
        v.assign(f32(v.value))  # weights are stored in float32
    layer.finalize_state()
    y = host(layer(x))
    weights = [np.asarray(v.value, dtype=np.float64).ravel() for v in layer.weights[:2]]
    return {
        "name": name,
        "config": config,
        "data": data,
        "mean": weights[0] if weights else None,
        "variance": weights[1] if weights else None,
        "x": x,
        "y": y,
    }


cases = [
    case("default axis", {}, {}, (50, 4), 3, 10),
    case("inverted", {"invert": True}, {"invert": True}, (50, 4), 3, 10),
    case("constant column", {}, {}, (20, 3)),
    case("far from 0", {}, {}, (64, 2), 1, 30000),
    case("rank 3", {}, {}, (10, 6, 3), 2, -1),
    case("one for everything", {"axis": None}, {"axis": None}, (10, 6, 3), 2, -1),
    case("first axis of examples", {"axis": 1}, {"axis": 1}, (10, 6, 3), 2, -1),
    case("two axes", {"axis": [1, -1]}, {"axis": (1, -1)}, (10, 6, 3), 2, -1),
    case(
        "given",
        {"mean": [1, 2, 3], "variance": [4, 1, 0.25]},
        {"mean": [1.0, 2.0, 3.0], "variance": [4.0, 1.0, 0.25]},
        (5, 3),
    ),
]

if __name__ == "__main__":
    write(
        "normalization.json",
        {
            **about("Means and variances that the layer adapts to in 'data', and its output y for x."),
            "script": "test/golden/make_normalization.py",
        },
        cases=cases,
    )
