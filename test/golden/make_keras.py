"""Makes the golden files whose numbers come from Keras 3 (JAX backend).

Usage: python make_keras.py [name ...]   e.g. python make_keras.py losses layers

Everything runs in float64; every input is exactly representable in float32,
so the stored outputs carry no rounding error but that of being written as
float32. One function per file.
"""

import os
import sys

os.environ["KERAS_BACKEND"] = "jax"
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import jax

jax.config.update("jax_enable_x64", True)

import keras
import numpy as np
import scipy
from keras.src.backend.common import dtypes
from keras.src.initializers.random_initializers import compute_fans

from golden import Named, write

keras.config.set_floatx("float64")
# Without this, Keras' type promotion on JAX computes several operations (mean,
# tanh, batch and layer normalisation, ...) in float32 even on float64 inputs.
dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"


def about(contents):
    return {
        "script": "test/golden/make_keras.py",
        "libraries": f"keras {keras.__version__}, jax {jax.__version__}, numpy {np.__version__}, scipy {scipy.__version__}",
        "precision": "computed in float64 from inputs exactly representable in float32; written as float32",
        "contents": contents,
    }


def f32(values):
    """Rounds to float32, then widens: a float64 array exactly representable in float32."""
    return np.asarray(values, dtype=np.float32).astype(np.float64)


def normal(rng, shape, scale=1.0):
    return f32(rng.standard_normal(shape) * scale)


def host(value):
    """A computed result as a NumPy array, made sure to be float64."""
    value = np.array(value)
    assert value.dtype == np.float64, value.dtype
    return value


# ---------------------------------------------------------------- activations


def activations():
    rng = np.random.default_rng(101)
    half = [1e-6, 1e-3, 0.1, 0.5, 1, 2, 3, 5, 6.5, 20, 90]
    line = f32([-v for v in reversed(half)] + [0] + half[:8] + [6] + half[8:])
    line_exp = np.where(line == 90, 80, line)  # exp(90) is not a float32
    rows = f32(
        [
            [0.5, -1.25, 3, 0],
            [0, 0, 0, 0],
            [-6.5, 1e-3, 6.5, 1e-6],
            [20, -20, 19, 3],
            [90, -90, 0, 88],
            [1000, 999, -1000, 998.5],
        ]
    )

    zero = [int(i) for i in np.flatnonzero(line == 0)]
    a = keras.activations
    table = [
        # name, config, function, input, indices where backends' gradients differ
        ("linear", {}, a.linear, line, []),
        ("relu", {}, a.relu, line, []),
        ("relu6", {}, a.relu6, line, []),
        ("leakyRelu", {}, a.leaky_relu, line, zero),
        ("leakyRelu", {"negativeSlope": 0.05}, lambda x: a.leaky_relu(x, negative_slope=0.05), line, zero),
        ("elu", {}, a.elu, line, []),
        ("elu", {"alpha": 0.7}, lambda x: a.elu(x, alpha=0.7), line, zero),
        ("selu", {}, a.selu, line, zero),
        ("gelu", {}, a.gelu, line, []),
        ("gelu", {"approximate": False}, lambda x: a.gelu(x, approximate=False), line, []),
        ("gelu", {"approximate": True}, lambda x: a.gelu(x, approximate=True), line, []),
        ("silu", {}, a.silu, line, []),
        ("mish", {}, a.mish, line, []),
        ("sigmoid", {}, a.sigmoid, line, []),
        ("hardSigmoid", {}, a.hard_sigmoid, line, []),
        ("tanh", {}, a.tanh, line, []),
        ("softplus", {}, a.softplus, line, []),
        ("softsign", {}, a.softsign, line, []),
        ("exponential", {}, a.exponential, line_exp, []),
        ("softmax", {}, a.softmax, rows, []),
        ("logSoftmax", {}, a.log_softmax, rows, []),
    ]
    cases = []
    for name, config, function, x, kinks in table:
        dy = normal(rng, x.shape)
        y, vjp = jax.vjp(function, jax.numpy.asarray(x))
        (dx,) = vjp(jax.numpy.asarray(dy))
        cases.append(
            {"activation": name, "config": config, "kinks": kinks, "x": x, "dy": dy, "y": host(y), "dx": host(dx)}
        )
    write(
        "activations.json",
        about(
            "Every activation's output y and gradient dx = d(sum(y * dy))/dx. 'kinks' lists the "
            "indices where the derivative is a convention (the JAX backend's is stored)."
        ),
        cases=cases,
    )


# --------------------------------------------------------------------- losses


def loss_case(loss, make, config, name, y_true, y_pred):
    """One loss case; `make` builds the Keras loss object."""

    def scalar(prediction):
        return make()(y_true, prediction)

    value, gradient = jax.value_and_grad(scalar)(jax.numpy.asarray(y_pred))

    kinks = []  # |error| has no derivative at 0; the JAX backend takes 1, others take 0
    if loss == "meanAbsoluteError":
        kinks = [int(i) for i in np.flatnonzero(y_true.ravel() == y_pred.ravel())]

    keras.config.set_floatx("float32")
    true32 = y_true if np.issubdtype(y_true.dtype, np.integer) else y_true.astype(np.float32)
    single = make()(true32, jax.numpy.asarray(y_pred, dtype="float32"))
    keras.config.set_floatx("float64")

    return {
        "loss": loss,
        "name": name,
        "config": config,
        "kinks": kinks,
        "yTrue": y_true,
        "yPred": y_pred,
        "value": host(value)[()],
        "valueFloat32": np.float32(single),
        "gradient": host(gradient),
    }


def losses():
    rng = np.random.default_rng(202)
    k = keras.losses
    cases = []

    # Regression losses. Some errors are exactly 0, 0.5 and 1.
    def regression(shape, scale=1.0):
        y_true = normal(rng, shape)
        y_pred = f32(y_true + rng.standard_normal(shape) * scale)
        y_true.flat[:3] = [0.25, -1.5, 2]
        y_pred.flat[:3] = [0.25, -1, 1]
        return y_true, y_pred

    vectors = [
        ("[5,3]", *regression((5, 3))),
        ("[7,1]", *regression((7, 1), 2)),
        ("[4,2,3]", *regression((4, 2, 3), 0.5)),
        ("[3,4] large", *(f32(v * 1000) for v in regression((3, 4)))),
    ]
    flat_true, column = regression((7, 1))
    vectors.append(("yTrue [7] yPred [7,1]", flat_true[:, 0], column))
    for name, y_true, y_pred in vectors:
        cases.append(loss_case("meanSquaredError", k.MeanSquaredError, {}, name, y_true, y_pred))
        cases.append(loss_case("meanAbsoluteError", k.MeanAbsoluteError, {}, name, y_true, y_pred))
        cases.append(loss_case("huber", k.Huber, {}, name, y_true, y_pred))
        cases.append(loss_case("huber", lambda: k.Huber(delta=0.5), {"delta": 0.5}, name, y_true, y_pred))

    # Binary cross-entropy.
    def bits(shape):
        return rng.integers(0, 2, shape).astype(np.float64)

    def probabilities(shape):
        return f32(rng.uniform(0.02, 0.98, shape))

    extreme_p = f32([[0, 1, 0.5], [1, 0, 1e-9], [1e-6, 0.999998, 1e-9], [0, 1, 0.25], [0.75, 1e-5, 0.99999]])
    extreme_t = f32([[0, 1, 1], [0, 1, 0], [1, 0, 1], [1, 0, 0], [1, 1, 0]])
    binary_p = [
        ("[5,3]", bits((5, 3)), probabilities((5, 3))),
        ("[7,1]", bits((7, 1)), probabilities((7, 1))),
        ("[4,2,3] soft labels", f32(rng.uniform(0, 1, (4, 2, 3))), probabilities((4, 2, 3))),
        ("[5,3] extreme", extreme_t, extreme_p),
        ("yTrue [6] yPred [6,1]", bits((6,)), probabilities((6, 1))),
    ]
    extreme_l = f32([[50, -50, 50], [-50, 0, 0], [90, -90, 1e-6], [-20, 20, -0.5]])
    binary_l = [
        ("[5,3]", bits((5, 3)), normal(rng, (5, 3), 2)),
        ("[7,1]", bits((7, 1)), normal(rng, (7, 1), 2)),
        ("[4,2,3] soft labels", f32(rng.uniform(0, 1, (4, 2, 3))), normal(rng, (4, 2, 3), 3)),
        ("[4,3] large", f32([[1, 0, 0], [1, 1, 0], [0, 1, 1], [0, 1, 1]]), extreme_l),
    ]
    for from_logits, inputs in ((False, binary_p), (True, binary_l)):
        for smoothing in (0, 0.1):
            config = {}
            if from_logits:
                config["fromLogits"] = True
            if smoothing:
                config["labelSmoothing"] = smoothing
            for name, y_true, y_pred in inputs:
                make = lambda: k.BinaryCrossentropy(from_logits=from_logits, label_smoothing=smoothing)
                cases.append(loss_case("binaryCrossentropy", make, config, name, y_true, y_pred))

    # Categorical cross-entropy, with one-hot (or soft) labels and with integer labels.
    def labels(shape, classes):
        return rng.integers(0, classes, shape).astype(np.int64)

    def distribution(shape):
        p = rng.uniform(0.05, 1, shape)
        return f32(p / p.sum(-1, keepdims=True))

    def one_hot(index, classes):
        return np.eye(classes)[index]

    multi_p = [
        ("[5,3]", labels((5,), 3), distribution((5, 3))),
        ("[4,2,3]", labels((4, 2), 3), distribution((4, 2, 3))),
        ("[4,3] not normalised", labels((4,), 3), f32(rng.uniform(0.1, 3, (4, 3)))),
        (
            "[6,3] extreme",
            np.array([0, 1, 2, 0, 1, 2]),
            f32([[1, 0, 0], [1, 0, 0], [0.5, 0.5, 0], [1e-6, 0.999999, 0], [1e-9, 1e-8, 1], [0, 2, 1e-6]]),
        ),
    ]
    multi_l = [
        ("[5,3]", labels((5,), 3), normal(rng, (5, 3), 2)),
        ("[4,2,3]", labels((4, 2), 3), normal(rng, (4, 2, 3), 2)),
        (
            "[5,4] large",
            np.array([0, 1, 2, 3, 0]),
            f32([[50, -50, 0, 1], [50, -50, 0, 1], [-50, -50, -50, -50], [90, 89, 88, -90], [0, 0, 0, 0]]),
        ),
    ]
    for from_logits, inputs in ((False, multi_p), (True, multi_l)):
        base = {"fromLogits": True} if from_logits else {}
        for name, index, y_pred in inputs:
            classes = y_pred.shape[-1]
            for smoothing in (0, 0.1):
                config = dict(base, labelSmoothing=smoothing) if smoothing else base
                make = lambda: k.CategoricalCrossentropy(from_logits=from_logits, label_smoothing=smoothing)
                hot = one_hot(index, classes)
                cases.append(loss_case("categoricalCrossentropy", make, config, name, hot, y_pred))
            soft = distribution(y_pred.shape)
            make = lambda: k.CategoricalCrossentropy(from_logits=from_logits)
            cases.append(loss_case("categoricalCrossentropy", make, base, name + " soft labels", soft, y_pred))
            make = lambda: k.SparseCategoricalCrossentropy(from_logits=from_logits)
            cases.append(loss_case("sparseCategoricalCrossentropy", make, base, name, index, y_pred))
            column = index[..., None]
            cases.append(
                loss_case("sparseCategoricalCrossentropy", make, base, name + " labels [...,1]", column, y_pred)
            )

    write(
        "losses.json",
        about(
            "Scalar loss (reduction sum_over_batch_size) in float64 ('value') and as Keras itself gives it in "
            "float32 ('valueFloat32'; they differ where a probability is clipped to 1 - 1e-7, which float32 "
            "rounds to 1 - 2^-23), and the gradient of 'value' with respect to yPred. 'kinks' lists the indices "
            "where that derivative is a convention (the JAX backend's is stored)."
        ),
        cases=cases,
    )


# ----------------------------------------------------------------- optimizers


def optimizers():
    rng = np.random.default_rng(303)
    shapes = [(3, 4), (4,)]
    magnitudes = [1, 0.1, 10, 1e-3, 0, 3, 0.01, 1, 30, 0.5]
    initial = [normal(rng, s) for s in shapes]
    gradients = []
    for magnitude in magnitudes:
        step = []
        for shape in shapes:
            # Mixed magnitudes inside a step too, and about one zero in six.
            g = rng.standard_normal(shape) * magnitude * 10.0 ** rng.uniform(-1, 1, shape)
            step.append(f32(g * (rng.uniform(size=shape) > 0.16)))
        gradients.append(step)

    names = {
        "learningRate": "learning_rate",
        "beta1": "beta_1",
        "beta2": "beta_2",
        "weightDecay": "weight_decay",
        "globalClipnorm": "global_clipnorm",
    }
    o = keras.optimizers
    classes = {"sgd": o.SGD, "rmsprop": o.RMSprop, "adam": o.Adam, "adamW": o.AdamW}
    table = [
        ("sgd", {}),
        ("sgd", {"learningRate": 0.1}),
        ("sgd", {"learningRate": 0.05, "momentum": 0.9}),
        ("sgd", {"learningRate": 0.05, "momentum": 0.9, "nesterov": True}),
        ("sgd", {"learningRate": 0.1, "weightDecay": 0.01}),
        ("sgd", {"learningRate": 0.05, "momentum": 0.9, "nesterov": True, "weightDecay": 0.05}),
        ("sgd", {"learningRate": 0.1, "clipnorm": 1.5}),
        ("sgd", {"learningRate": 0.1, "clipvalue": 0.5}),
        ("sgd", {"learningRate": 0.1, "globalClipnorm": 1.5}),
        ("sgd", {"learningRate": 0.05, "momentum": 0.9, "weightDecay": 0.01, "clipnorm": 1.0}),
        ("rmsprop", {}),
        ("rmsprop", {"learningRate": 0.01, "rho": 0.8}),
        ("rmsprop", {"learningRate": 0.01, "momentum": 0.9}),
        ("rmsprop", {"learningRate": 0.01, "centered": True}),
        ("rmsprop", {"learningRate": 0.01, "rho": 0.95, "momentum": 0.5, "centered": True}),
        ("rmsprop", {"learningRate": 0.01, "epsilon": 0.01}),
        ("rmsprop", {"learningRate": 0.01, "weightDecay": 0.1}),
        ("rmsprop", {"learningRate": 0.01, "clipvalue": 0.5}),
        ("adam", {}),
        ("adam", {"learningRate": 0.01, "beta1": 0.8, "beta2": 0.99}),
        ("adam", {"learningRate": 0.01, "epsilon": 0.01}),
        ("adam", {"learningRate": 0.01, "weightDecay": 0.1}),
        ("adam", {"learningRate": 0.01, "clipnorm": 1.5}),
        ("adam", {"learningRate": 0.01, "clipvalue": 0.5}),
        ("adam", {"learningRate": 0.01, "globalClipnorm": 1.5}),
        ("adamW", {}),
        ("adamW", {"learningRate": 0.01, "weightDecay": 0.1}),
        ("adamW", {"learningRate": 0.01, "weightDecay": 0.1, "beta1": 0.8, "beta2": 0.99, "epsilon": 1e-5}),
        ("adamW", {"learningRate": 0.01, "globalClipnorm": 1.5}),
    ]
    cases = []
    for name, config in table:
        optimizer = classes[name](**{names.get(key, key): value for key, value in config.items()})
        variables = [keras.Variable(v) for v in initial]
        after = {}
        for step, gradient in enumerate(gradients, 1):
            optimizer.apply([jax.numpy.asarray(g) for g in gradient], variables)
            if step in (1, 2, 3, 10):
                after[str(step)] = [host(v.value) for v in variables]
        cases.append({"optimizer": name, "config": config, "after": after})
    write(
        "optimizers.json",
        about(
            "Two variables, ten steps of given gradients (the same for every case; the fifth step's are all "
            "zero), and the variables after steps 1, 2, 3 and 10."
        ),
        variables=initial,
        gradients=gradients,
        cases=cases,
    )


# --------------------------------------------------------------------- layers


def call_layer(rng, layer, x, **kwargs):
    """Runs the layer once: output, gradients and the updated non-trainable weights."""
    trainable = [v.value for v in layer.trainable_variables]
    state = [v.value for v in layer.non_trainable_variables]

    def run(weights, inputs):
        return layer.stateless_call(weights, state, inputs, **kwargs)

    y, vjp, new_state = jax.vjp(run, trainable, jax.numpy.asarray(x), has_aux=True)
    dy = normal(rng, y.shape)
    d_weights, dx = vjp(jax.numpy.asarray(dy))
    for variable, value in zip(layer.non_trainable_variables, new_state):
        variable.assign(value)

    record = {
        "x": x,
        "dy": dy,
        "y": host(y),
        "dx": host(dx),
        "gradients": [Named(v.name, host(g)) for v, g in zip(layer.trainable_variables, d_weights)],
    }
    if new_state:
        record["stateAfter"] = [Named(v.name, host(s)) for v, s in zip(layer.non_trainable_variables, new_state)]
    return record


def layer_case(rng, layer_name, config, layer, shape, default_state=True):
    """Case of one layer with random weights; a stateful layer is called three times."""
    layer.build(shape)
    for variable in layer.weights:
        if variable.name == "gamma":
            variable.assign(f32(rng.uniform(0.5, 1.5, variable.shape)))
        elif variable.name == "moving_variance":
            if not default_state:
                variable.assign(f32(rng.uniform(0.5, 2, variable.shape)))
        elif variable.name == "moving_mean":
            if not default_state:
                variable.assign(normal(rng, variable.shape))
        else:
            variable.assign(normal(rng, variable.shape, 0.6))
    weights = [Named(v.name, host(v.value), v.trainable) for v in layer.weights]

    def batch():
        return f32(rng.standard_normal(shape) * 1.5 + 0.5)

    calls = []
    if layer.non_trainable_variables:
        for training in (True, True, False):
            calls.append({"training": training, **call_layer(rng, layer, batch(), training=training)})
    else:
        calls.append({"training": None, **call_layer(rng, layer, batch())})
    return {"layer": layer_name, "config": config, "inputShape": list(shape), "weights": weights, "calls": calls}


def layers():
    rng = np.random.default_rng(404)
    k = keras.layers
    cases = []

    def add(name, config, layer, shape, **kwargs):
        cases.append(layer_case(rng, name, config, layer, shape, **kwargs))

    add("dense", {"units": 3}, k.Dense(3), (5, 4))
    add("dense", {"units": 3, "useBias": False}, k.Dense(3, use_bias=False), (5, 4))
    add("dense", {"units": 6, "activation": "relu"}, k.Dense(6, activation="relu"), (5, 4))
    add("dense", {"units": 3, "activation": "softmax"}, k.Dense(3, activation="softmax"), (5, 4))
    add("dense", {"units": 5}, k.Dense(5), (2, 3, 4))
    add(
        "dense",
        {"units": 5, "useBias": False, "activation": "relu"},
        k.Dense(5, use_bias=False, activation="relu"),
        (2, 3, 4),
    )
    add("dense", {"units": 1, "activation": "sigmoid"}, k.Dense(1, activation="sigmoid"), (1, 9))

    norm = k.BatchNormalization
    add("batchNormalization", {}, norm(), (6, 5))
    add("batchNormalization", {}, norm(), (4, 3, 5))
    add("batchNormalization", {"momentum": 0.8, "epsilon": 0.01}, norm(momentum=0.8, epsilon=0.01), (6, 5))
    add("batchNormalization", {"momentum": 0.5}, norm(momentum=0.5), (4, 3, 5), default_state=False)
    add("batchNormalization", {"center": False}, norm(center=False), (6, 5), default_state=False)
    add("batchNormalization", {"scale": False}, norm(scale=False), (6, 5), default_state=False)
    add("batchNormalization", {"center": False, "scale": False}, norm(center=False, scale=False), (4, 3, 5))

    norm = k.LayerNormalization
    add("layerNormalization", {}, norm(), (6, 5))
    add("layerNormalization", {}, norm(), (4, 3, 5))
    add("layerNormalization", {"epsilon": 0.1}, norm(epsilon=0.1), (6, 5))
    add("layerNormalization", {"center": False}, norm(center=False), (6, 5))
    add("layerNormalization", {"scale": False}, norm(scale=False), (4, 3, 5))
    add("layerNormalization", {"center": False, "scale": False}, norm(center=False, scale=False), (6, 5))

    add("flatten", {}, k.Flatten(), (4, 3))
    add("flatten", {}, k.Flatten(), (4, 3, 5))
    add("flatten", {}, k.Flatten(), (2, 2, 3, 4))
    add("reshape", {"targetShape": [3, 4]}, k.Reshape((3, 4)), (2, 12))
    add("reshape", {"targetShape": [2, -1]}, k.Reshape((2, -1)), (3, 4, 2))
    add("rescaling", {"scale": 0.5}, k.Rescaling(0.5), (4, 3))
    add("rescaling", {"scale": 1 / 127.5, "offset": -1}, k.Rescaling(1 / 127.5, offset=-1), (2, 3, 4))

    write(
        "layers.json",
        about(
            "Each layer's output and gradients for a given upstream gradient dy. Weights in Keras order. "
            "'training' null: the layer acts alike in training and inference. Layers with moving statistics "
            "are called three times in a row on one instance: training, training, inference."
        ),
        cases=cases,
    )


# -------------------------------------------------------------------- metrics


def metrics():
    rng = np.random.default_rng(505)
    m = keras.metrics
    cases = []

    def add(metric, config, make, name, *batches):
        tracker = make()
        steps = []
        for y_true, y_pred in batches:
            tracker.update_state(y_true, y_pred)
            steps.append({"yTrue": y_true, "yPred": y_pred, "result": host(tracker.result())[()]})
        cases.append({"metric": metric, "config": config, "name": name, "batches": steps})

    def bits(shape):
        return rng.integers(0, 2, shape).astype(np.float64)

    def uniform(shape):
        return f32(rng.uniform(0, 1, shape))

    binary = [
        (bits((5, 3)), uniform((5, 3))),
        (f32([[1, 0], [0, 1], [1, 1]]), f32([[0.5, 0.5], [0.49, 0.51], [1, 0]])),
        (bits((2, 3)), uniform((2, 3))),
    ]
    add("binaryAccuracy", {}, m.BinaryAccuracy, "three batches, 0.5 exactly", *binary)
    add("binaryAccuracy", {"threshold": 0.25}, lambda: m.BinaryAccuracy(threshold=0.25), "other threshold", *binary)
    add("binaryAccuracy", {}, m.BinaryAccuracy, "[n,1]", (bits((7, 1)), uniform((7, 1))), (bits((2, 1)), uniform((2, 1))))
    add("binaryAccuracy", {}, m.BinaryAccuracy, "yTrue [n] yPred [n,1]", (bits((7,)), uniform((7, 1))))

    ties = f32([[0.4, 0.4, 0.2], [0.2, 0.4, 0.4], [0, 0, 0], [0.3, 0.4, 0.3], [1, 1, 1]])
    tied_labels = np.array([0, 2, 0, 1, 2])
    index = [rng.integers(0, 3, 7), tied_labels, rng.integers(0, 3, 2)]
    prediction = [uniform((7, 3)), ties, uniform((2, 3))]
    deep_index = rng.integers(0, 4, (2, 3))
    deep = normal(rng, (2, 3, 4))
    deep[0, 0, deep_index[0, 0]] = 9
    deep[1, 1, deep_index[1, 1]] = 9
    add(
        "categoricalAccuracy",
        {},
        m.CategoricalAccuracy,
        "three batches, ties",
        *((np.eye(3)[i], p) for i, p in zip(index, prediction)),
    )
    add(
        "categoricalAccuracy",
        {},
        m.CategoricalAccuracy,
        "soft and tied labels",
        (f32([[0.5, 0.5, 0], [0.1, 0.2, 0.7], [0, 0.5, 0.5]]), f32([[0.6, 0.3, 0.1], [1, 2, 3], [0, 1, 2]])),
    )
    add("categoricalAccuracy", {}, m.CategoricalAccuracy, "[2,3,4]", (np.eye(4)[deep_index], deep))
    add(
        "sparseCategoricalAccuracy",
        {},
        m.SparseCategoricalAccuracy,
        "three batches, ties",
        *zip(index, prediction),
    )
    add(
        "sparseCategoricalAccuracy",
        {},
        m.SparseCategoricalAccuracy,
        "labels [n,1]",
        *((i[:, None], p) for i, p in zip(index, prediction)),
    )
    add("sparseCategoricalAccuracy", {}, m.SparseCategoricalAccuracy, "[2,3,4]", (deep_index, deep))

    for metric, make in (("meanSquaredError", m.MeanSquaredError), ("meanAbsoluteError", m.MeanAbsoluteError)):
        pairs = [(normal(rng, s), normal(rng, s)) for s in ((5, 3), (2, 3))]
        add(metric, {}, make, "[5,3] then [2,3]", *pairs)
        pairs = [(normal(rng, s), normal(rng, s)) for s in ((1, 2, 3), (4, 2, 3))]
        add(metric, {}, make, "[1,2,3] then [4,2,3]", *pairs)
        add(metric, {}, make, "yTrue [n] yPred [n,1]", (normal(rng, (4,)), normal(rng, (4, 1))))

    write("metrics.json", about("Streaming metrics: 'result' is the value after that batch and all before it."), cases=cases)


# ------------------------------------------------------------------- training


def short(variable):
    """The weight's name as "layer/weight", without the model's own name."""
    return "/".join(variable.path.split("/")[-2:])


def gradients_of(model, loss, x, y):
    """Gradients of the loss on one batch, in training mode, by trainable weight."""
    state = [v.value for v in model.non_trainable_variables]

    def scalar(weights):
        prediction, _ = model.stateless_call(weights, state, x, training=True)
        return loss(y, prediction)

    grads = jax.grad(scalar)([v.value for v in model.trainable_variables])
    return [Named(short(v), host(g)) for v, g in zip(model.trainable_variables, grads)]


def train(model, optimizer, loss, initial, batches):
    """Trains on the given batches from the given weights: losses and final weights."""
    model.set_weights([w.value for w in initial])
    model.compile(optimizer=optimizer, loss=loss)
    values = []
    for x, y in batches:
        model.reset_metrics()  # or train_on_batch would report a running mean
        values.append(host(model.train_on_batch(x, y))[()])
    return values, [Named(short(v), host(v.value)) for v in model.weights]


def random_weights(rng, model):
    for v in model.weights:
        if v.name == "kernel":
            v.assign(normal(rng, v.shape, v.shape[0] ** -0.5))
        elif v.name == "bias":
            v.assign(normal(rng, v.shape, 0.1))
    return [Named(short(v), host(v.value), v.trainable) for v in model.weights]


def training():
    rng = np.random.default_rng(606)
    k = keras.layers
    o = keras.optimizers
    names = {"learningRate": "learning_rate", "beta1": "beta_1", "beta2": "beta_2"}

    # Classifier 12-16-8-4.
    model = keras.Sequential(
        [
            keras.Input((12,)),
            k.Dense(16, activation="tanh", name="dense1"),
            k.Dense(8, activation="relu", name="dense2"),
            k.Dense(4, name="dense3"),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    initial = random_weights(rng, model)
    teacher = rng.standard_normal((12, 4))
    batches = []
    for _ in range(10):
        x = normal(rng, (8, 12))
        batches.append((x, np.argmax(x @ teacher, axis=-1)))
    runs = []
    for name, make, config in [
        ("sgd", o.SGD, {"learningRate": 0.1}),
        ("sgd", o.SGD, {"learningRate": 0.1, "momentum": 0.9}),
        ("adam", o.Adam, {"learningRate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7}),
    ]:
        optimizer = make(**{names.get(key, key): value for key, value in config.items()})
        values, final = train(model, optimizer, loss, initial, batches)
        runs.append({"optimizer": name, "config": config, "losses": values, "finalWeights": final})
    model.set_weights([w.value for w in initial])
    classifier = {
        "layers": [
            {"layer": "dense", "name": "dense1", "units": 16, "activation": "tanh"},
            {"layer": "dense", "name": "dense2", "units": 8, "activation": "relu"},
            {"layer": "dense", "name": "dense3", "units": 4},
        ],
        "inputShape": [12],
        "loss": {"loss": "sparseCategoricalCrossentropy", "fromLogits": True},
        "weights": initial,
        "batches": [{"x": x, "y": y} for x, y in batches],
        "firstGradients": gradients_of(model, loss, *batches[0]),
        "runs": runs,
    }

    # Regression 3-10-1 with batch normalisation. The activation stands before the
    # normalisation, so that no bias has a gradient that is zero but for rounding.
    model = keras.Sequential(
        [
            keras.Input((3,)),
            k.Dense(10, activation="tanh", name="dense1"),
            k.BatchNormalization(name="norm"),
            k.Dense(1, name="dense2"),
        ]
    )
    loss = keras.losses.MeanSquaredError()
    initial = random_weights(rng, model)
    batches = []
    for _ in range(10):
        x = normal(rng, (8, 3))
        y = np.sin(x[:, :1]) + x[:, 1:2] * x[:, 2:] + 0.1 * rng.standard_normal((8, 1))
        batches.append((x, f32(y)))
    config = {"learningRate": 0.01}
    values, final = train(model, o.Adam(learning_rate=0.01), loss, initial, batches)
    test_x = normal(rng, (4, 3))
    prediction = host(model(test_x, training=False))
    model.set_weights([w.value for w in initial])
    regression = {
        "layers": [
            {"layer": "dense", "name": "dense1", "units": 10, "activation": "tanh"},
            {"layer": "batchNormalization", "name": "norm", "momentum": 0.99, "epsilon": 0.001},
            {"layer": "dense", "name": "dense2", "units": 1},
        ],
        "inputShape": [3],
        "loss": {"loss": "meanSquaredError"},
        "weights": initial,
        "batches": [{"x": x, "y": y} for x, y in batches],
        "firstGradients": gradients_of(model, loss, *batches[0]),
        "runs": [
            {
                "optimizer": "adam",
                "config": config,
                "losses": values,
                "finalWeights": final,
                "testX": test_x,
                "testPrediction": prediction,
            }
        ],
    }
    write(
        "training.json",
        about(
            "Ten training steps of two small networks by train_on_batch: the loss of every step (before its "
            "update) and the final weights. 'firstGradients' are those of the first batch at the initial "
            "weights. training-torch.json holds PyTorch's results for the classifier; the regression net is "
            "Keras' only, because PyTorch keeps the unbiased variance in its moving statistics, Keras the biased."
        ),
        classifier=classifier,
        regression=regression,
    )


# --------------------------------------------------------------- initializers


def initializers():
    shape = (200, 300)
    rows, columns = shape
    count = rows * columns
    i = keras.initializers
    truncation = scipy.stats.truncnorm(-2, 2)
    truncated_std = float(truncation.std())
    kurtosis = {
        "normal": 3.0,
        "uniform": 1.8,
        "truncatedNormal": float(truncation.stats(moments="k")) + 3,
    }

    def exact(mean, std, low, high):
        return {"mean": mean, "stddev": std, "min": low, "max": high}

    def spread(kind, mean, scale):
        """Analytic statistics; `scale` is stddev (normal kinds, before truncation) or limit (uniform)."""
        if kind == "normal":
            return kind, exact(mean, scale, None, None)
        if kind == "truncatedNormal":
            return kind, exact(mean, scale * truncated_std, mean - 2 * scale, mean + 2 * scale)
        return kind, exact(mean, scale / 3**0.5, mean - scale, mean + scale)

    def variance_scaling(scale, mode, kind):
        fan = {"fanIn": rows, "fanOut": columns, "fanAvg": (rows + columns) / 2}[mode]
        variance = scale / fan
        if kind == "uniform":
            return spread(kind, 0.0, (3 * variance) ** 0.5)
        if kind == "truncatedNormal":
            return spread(kind, 0.0, variance**0.5 / truncated_std)
        return spread("normal", 0.0, variance**0.5)

    def filled(value):
        return "constant", exact(value, 0.0, value, value)

    def diagonal(gain):
        share = rows / count
        return "constant", exact(gain * share, gain * (share - share**2) ** 0.5, 0.0, gain)

    def orthogonal(gain):
        return "orthogonal", exact(0.0, gain / max(shape) ** 0.5, -gain, gain)

    table = [
        # name, config, Keras class, Keras arguments, (kind, analytic statistics)
        ("zeros", {}, i.Zeros, {}, filled(0.0)),
        ("ones", {}, i.Ones, {}, filled(1.0)),
        ("constant", {}, i.Constant, {}, filled(0.0)),
        ("constant", {"value": 0.25}, i.Constant, {"value": 0.25}, filled(0.25)),
        ("randomNormal", {}, i.RandomNormal, {}, spread("normal", 0.0, 0.05)),
        ("randomNormal", {"mean": 1, "stddev": 2}, i.RandomNormal, {"mean": 1.0, "stddev": 2.0}, spread("normal", 1.0, 2.0)),
        ("randomUniform", {}, i.RandomUniform, {}, spread("uniform", 0.0, 0.05)),
        (
            "randomUniform",
            {"minval": -1, "maxval": 3},
            i.RandomUniform,
            {"minval": -1.0, "maxval": 3.0},
            spread("uniform", 1.0, 2.0),
        ),
        ("truncatedNormal", {}, i.TruncatedNormal, {}, spread("truncatedNormal", 0.0, 0.05)),
        (
            "truncatedNormal",
            {"mean": -1, "stddev": 0.5},
            i.TruncatedNormal,
            {"mean": -1.0, "stddev": 0.5},
            spread("truncatedNormal", -1.0, 0.5),
        ),
        ("glorotUniform", {}, i.GlorotUniform, {}, variance_scaling(1, "fanAvg", "uniform")),
        ("glorotNormal", {}, i.GlorotNormal, {}, variance_scaling(1, "fanAvg", "truncatedNormal")),
        ("heUniform", {}, i.HeUniform, {}, variance_scaling(2, "fanIn", "uniform")),
        ("heNormal", {}, i.HeNormal, {}, variance_scaling(2, "fanIn", "truncatedNormal")),
        ("lecunUniform", {}, i.LecunUniform, {}, variance_scaling(1, "fanIn", "uniform")),
        ("lecunNormal", {}, i.LecunNormal, {}, variance_scaling(1, "fanIn", "truncatedNormal")),
        ("varianceScaling", {}, i.VarianceScaling, {}, variance_scaling(1, "fanIn", "truncatedNormal")),
    ]
    snake = {
        "fanIn": "fan_in",
        "fanOut": "fan_out",
        "fanAvg": "fan_avg",
        "uniform": "uniform",
        "truncatedNormal": "truncated_normal",
        "untruncatedNormal": "untruncated_normal",
    }
    for mode in ("fanIn", "fanOut", "fanAvg"):
        for kind in ("uniform", "truncatedNormal", "untruncatedNormal"):
            table.append(
                (
                    "varianceScaling",
                    {"scale": 3, "mode": mode, "distribution": kind},
                    i.VarianceScaling,
                    {"scale": 3.0, "mode": snake[mode], "distribution": snake[kind]},
                    variance_scaling(3, mode, kind),
                )
            )
    table += [
        ("orthogonal", {}, i.Orthogonal, {}, orthogonal(1.0)),
        ("orthogonal", {"gain": 1.5}, i.Orthogonal, {"gain": 1.5}, orthogonal(1.5)),
        ("identity", {}, i.Identity, {}, diagonal(1.0)),
        ("identity", {"gain": 2}, i.Identity, {"gain": 2.0}, diagonal(2.0)),
    ]

    cases = []
    for name, config, cls, arguments, (kind, analytic) in table:
        random = kind not in ("constant",)
        initializer = cls(**arguments, seed=707) if random else cls(**arguments)
        value = host(initializer(shape, dtype="float64"))
        measured = exact(value.mean(), value.std(), value.min(), value.max())
        std = analytic["stddev"]
        shape_factor = kurtosis.get(kind, 3.0)
        tolerance = {
            "mean": np.float64(5 * std / count**0.5 if random else 1e-6),
            "stddev": np.float64(5 * std * ((shape_factor - 1) / (4 * count)) ** 0.5 if random else 1e-6),
        }
        for part in ("mean", "stddev"):
            assert abs(measured[part] - analytic[part]) <= tolerance[part], (name, config, part)
        for part, sign in (("min", 1), ("max", -1)):
            assert analytic[part] is None or sign * (measured[part] - analytic[part]) >= -1e-12, (name, config, part)
        defaults = {k: v for k, v in cls().get_config().items() if k not in ("seed", "input_axes", "output_axes")}
        cases.append(
            {
                "initializer": name,
                "config": config,
                "keras": {"class": cls.__name__, "arguments": arguments, "defaults": defaults},
                "kind": kind,
                "shape": list(shape),
                "analytic": {k: v if v is None else np.float64(v) for k, v in analytic.items()},
                "measured": {k: np.float64(v) for k, v in measured.items()},
                "tolerance": tolerance,
            }
        )

    fans = []
    for fan_shape in ((), (5,), (20, 30), (3, 20, 30), (3, 5, 20, 30)):
        fan_in, fan_out = compute_fans(fan_shape)
        fans.append({"shape": list(fan_shape), "fanIn": fan_in, "fanOut": fan_out})
    write(
        "initializers.json",
        about(
            "Statistics of each initializer for one shape: 'analytic' from the formula (min and max are bounds, "
            "null where unbounded), 'measured' on Keras' own draw with a seed. 'tolerance' is five standard "
            "errors of the mean and of the standard deviation for a draw of this shape. An orthogonal matrix "
            "of this shape has orthogonal rows of length gain."
        ),
        fans=fans,
        cases=cases,
    )


FILES = {f.__name__: f for f in (activations, losses, optimizers, layers, metrics, training, initializers)}

if __name__ == "__main__":
    for wanted in sys.argv[1:] or FILES:
        FILES[wanted]()
