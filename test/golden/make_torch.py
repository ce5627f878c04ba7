"""Makes training-torch.json: PyTorch's run of the classifier in training.json.

Usage: python3 make_torch.py   (after make_keras.py, whose inputs it reads)
"""

import json
import os

import numpy as np
import torch

from golden import HERE, Named, read_array, write

torch.set_num_threads(1)


def about(contents):
    return {
        "script": "test/golden/make_torch.py",
        "libraries": f"torch {torch.__version__}, numpy {np.__version__}",
        "precision": "computed in float32 ('float32') and in float64 ('float64'); written as float32",
        "contents": contents,
    }


class KerasAdam(torch.optim.Optimizer):
    """Adam with epsilon where Keras has it: added to sqrt(v) before the bias correction."""

    def __init__(self, params, lr, betas, eps):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                state = self.state[p]
                t = state["t"] = state.get("t", 0) + 1
                m = state["m"] = beta1 * state.get("m", 0) + (1 - beta1) * p.grad
                v = state["v"] = beta2 * state.get("v", 0) + (1 - beta2) * p.grad**2
                rate = group["lr"] * (1 - beta2**t) ** 0.5 / (1 - beta1**t)
                p -= rate * m / (v.sqrt() + group["eps"])


def make_optimizer(kind, config, parameters):
    if kind == "sgd":
        return torch.optim.SGD(parameters, lr=config["learningRate"], momentum=config.get("momentum", 0))
    cls = {"adam": torch.optim.Adam, "kerasAdam": KerasAdam}[kind]
    betas = (config["beta1"], config["beta2"])
    return cls(parameters, lr=config["learningRate"], betas=betas, eps=config["epsilon"])


def train(classifier, kind, config, dtype):
    """Trains as `classifier` says; the weights keep Keras' layout, [in, out]."""
    weights = {
        w["name"]: torch.tensor(read_array(w), dtype=dtype, requires_grad=True) for w in classifier["weights"]
    }
    optimizer = make_optimizer(kind, config, list(weights.values()))
    losses = []
    first_gradients = None
    for batch in classifier["batches"]:
        h = torch.tensor(read_array(batch["x"]), dtype=dtype)
        for layer in classifier["layers"]:
            h = h @ weights[layer["name"] + "/kernel"] + weights[layer["name"] + "/bias"]
            if layer.get("activation"):
                h = {"tanh": torch.tanh, "relu": torch.relu}[layer["activation"]](h)
        loss = torch.nn.functional.cross_entropy(h, torch.tensor(read_array(batch["y"])))
        optimizer.zero_grad()
        loss.backward()
        if first_gradients is None:
            first_gradients = [Named(name, w.grad.numpy().copy()) for name, w in weights.items()]
        optimizer.step()
        losses.append(np.float64(loss.item()))
    final = [Named(name, w.detach().numpy()) for name, w in weights.items()]
    return {"losses": losses, "finalWeights": final}, first_gradients


def difference(run, keras_run):
    """Largest absolute difference from the Keras run: of the losses and of the final weights."""
    losses = np.abs(np.array(run["losses"]) - keras_run["losses"]).max()
    weights = max(
        np.abs(w.value - read_array(k)).max() for w, k in zip(run["finalWeights"], keras_run["finalWeights"])
    )
    return {"losses": np.float64(losses), "weights": np.float64(weights)}


def main():
    with open(os.path.join(HERE, "training.json"), encoding="utf-8") as file:
        classifier = json.load(file)["classifier"]
    runs = []
    for keras_run in classifier["runs"]:
        for kind in {"sgd": ["sgd"], "adam": ["adam", "kerasAdam"]}[keras_run["optimizer"]]:
            single, _ = train(classifier, kind, keras_run["config"], torch.float32)
            double, first_gradients = train(classifier, kind, keras_run["config"], torch.float64)
            runs.append(
                {
                    "optimizer": kind,
                    "config": keras_run["config"],
                    "float32": single,
                    "float64": double,
                    "differenceFromKeras": {
                        "float32": difference(single, keras_run),
                        "float64": difference(double, keras_run),
                    },
                }
            )
    write(
        "training-torch.json",
        about(
            "The classifier of training.json (same weights, batches and layout) trained in PyTorch. 'adam' is "
            "torch.optim.Adam, which adds epsilon after the bias correction, so it differs a little from Keras; "
            "'kerasAdam' is Keras' formula on PyTorch's gradients. 'firstGradients' are in float64."
        ),
        firstGradients=first_gradients,
        runs=runs,
    )


main()
