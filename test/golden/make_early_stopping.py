"""Makes early-stopping.json: what Keras' EarlyStopping does with numbers drawn at random.

Usage: python make_early_stopping.py

The callback is driven by hand with the values of `epochs`, one an epoch; the stand-in for a model
answers get_weights with the epoch's number, so `restored` says which epoch's weights came back.
"""

import json
import os
import random

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
from keras.callbacks import EarlyStopping


class Model:
    metrics = []
    stop_training = False
    epoch = 0
    restored = None

    def get_weights(self):
        return self.epoch

    def set_weights(self, weights):
        self.restored = weights


def run(config, values):
    model, callback = Model(), EarlyStopping(**config)
    callback.set_model(model)
    callback.on_train_begin()
    stopped = None
    for model.epoch, value in enumerate(values):
        callback.on_epoch_end(model.epoch, {"val_loss": value})
        if model.stop_training:
            stopped = model.epoch
            break
    callback.on_train_end()
    camel = {
        "mode": config["mode"],
        "minDelta": config["min_delta"],
        "patience": config["patience"],
        "restoreBestWeights": config["restore_best_weights"],
        "startFromEpoch": config["start_from_epoch"],
    }
    if config["baseline"] is not None:
        camel["baseline"] = config["baseline"]
    outcome = {"stopped": stopped, "restored": model.restored, "best": callback.best_epoch}
    return {"config": camel, "epochs": values, **outcome}


draw = random.Random(7).choice
cases = []
for _ in range(100):
    config = {
        "monitor": "val_loss",
        "mode": draw(["auto", "min", "max"]),
        "min_delta": draw([0, 0.125, 0.25]),
        "patience": draw([0, 0, 1, 2, 3]),
        "baseline": draw([None, None, 0.375, 0.625]),
        "restore_best_weights": draw([True, False]),
        "start_from_epoch": draw([0, 0, 2]),
    }
    # Multiples of 1/64 are exact in every float, so differences are as well.
    cases.append(run(config, [draw(range(64)) / 64 for _ in range(10)]))

about = {
    "script": "test/golden/make_early_stopping.py",
    "libraries": f"keras {keras.__version__}",
    "contents": "settings and monitored values; the epoch that stopped training, the one whose weights were restored, the best",
}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "early-stopping.json"), "w") as file:
    lines = ",\n".join("    " + json.dumps(case) for case in cases)
    file.write('{\n  "about": ' + json.dumps(about) + ',\n  "cases": [\n' + lines + "\n  ]\n}\n")
