"""PyTorch's side of the race:  python pytorch.py THREADS eager|compile

Speaks as serve.mjs does: a request is a line of JSON, its answer another. Of the ways that PyTorch has to
do the same step (the optimizer fused, for each tensor, or compiled) the fastest in a short trial is raced.
"""
import json
import sys
import time
from os.path import join

import torch
from torch import nn

threads, mode = int(sys.argv[1]), sys.argv[2]
torch.set_num_threads(threads)


def numbers(net, name, *shape, dtype=torch.float32):
    size = 1
    for n in shape:
        size *= n
    return torch.from_file(join(net["folder"], name), size=size, dtype=dtype).clone().reshape(shape)


class Run:
    """One network with its optimizer; `way` is how the optimizer does its update."""

    def __init__(self, net, way):
        self.net, self.way = net, way
        self.model = build_model(net)
        kind = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}[net["optimizer"]]
        options = {"eps": net["epsilon"]} if net["optimizer"] == "adam" else {}
        if way == "fused":
            options["fused"] = True
        if way == "for each":
            options["foreach"] = False
        self.optimizer = kind(self.model.parameters(), lr=net["learningRate"], **options)
        xor = net["task"] == "xor"
        x = numbers(net, "x", net["count"], net["inputs"])
        y = numbers(net, "y", net["count"], dtype=torch.float32 if xor else torch.int32)
        y = y.reshape(-1, 1) if xor else y.long()
        self.batches = list(zip(x.split(net["batch"]), y.split(net["batch"])))
        loss, model, optimizer = nn.MSELoss() if xor else nn.CrossEntropyLoss(), self.model, self.optimizer
        self.loss = lambda bx, by: loss(model(bx), by)
        self.step = optimizer.step
        if mode == "compile":
            self.loss = torch.compile(self.loss)
            if way == "compiled":
                self.step = torch.compile(lambda: optimizer.step())

    def train(self, epochs, losses):
        batches, loss_of, step, zero = self.batches, self.loss, self.step, self.optimizer.zero_grad
        means = []
        start = time.perf_counter()
        for _ in range(epochs):
            if losses:
                total = 0.0
            for bx, by in batches:
                zero()
                loss = loss_of(bx, by)
                loss.backward()
                step()
                if losses:
                    total += loss.item() / len(batches)
            if losses:
                means.append(total)
        return {"seconds": time.perf_counter() - start, "losses": means}


def build_model(net):
    widths = [net["inputs"], *net["hidden"], net["outputs"]]
    act = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid}[net["activation"]]
    layers = []
    for i, (inputs, units) in enumerate(zip(widths, widths[1:])):
        dense = nn.Linear(inputs, units)
        with torch.no_grad():
            dense.weight.copy_(numbers(net, f"kernel{i}", inputs, units).T)
            dense.bias.zero_()
        layers.append(dense)
        if i == len(net["hidden"]):
            break
        if net.get("norm"):
            layers.append(nn.BatchNorm1d(units, eps=1e-3, momentum=0.01))
        layers.append(act())
        if net.get("dropout"):
            layers.append(nn.Dropout(net["dropout"]))
    if net["task"] == "xor":
        layers.append(nn.Sigmoid())
    return nn.Sequential(*layers)


def fastest(net):
    """The way that is fastest in a short trial, in turns; then built anew from the first weights."""
    runs, times, problem = {}, {}, None
    for way in ["default", "fused", "for each", *(["compiled"] if mode == "compile" else [])]:
        try:
            runs[way] = Run(net, way)
            runs[way].train(2, False)
        except Exception as error:  # an older PyTorch may lack one
            runs.pop(way, None)
            problem = error
    if not runs:
        raise problem
    one = min(run.train(1, False)["seconds"] for run in runs.values())
    epochs = max(1, int(0.02 / one))
    for _ in range(5):
        for way, run in runs.items():
            seconds = run.train(epochs, False)["seconds"]
            times[way] = min(times.get(way, seconds), seconds)
    return Run(net, min(times, key=times.get))


run = None


def answer(request):
    global run
    if request["ask"] == "build":
        torch.manual_seed(0)
        run = fastest(request["network"])
        return {"note": f"optimizer {run.way}"}
    if request["ask"] == "train":
        return run.train(request["epochs"], request.get("losses", False))
    x = run.batches[0][0][:1]
    run.model.eval()
    start = time.perf_counter()
    with torch.inference_mode():
        for _ in range(request["times"]):
            out = run.model(x)
    seconds = time.perf_counter() - start
    run.model.train()
    return {"seconds": seconds, "out": out.reshape(-1).tolist()}


def say(value):
    print(json.dumps(value), flush=True)


if mode == "compile" and not hasattr(torch, "compile"):
    say({"error": f"PyTorch {torch.__version__} has no torch.compile"})
    sys.exit()
say({"version": torch.__version__})
for line in sys.stdin:
    try:
        start = time.process_time()
        answered = answer(json.loads(line))
        say({**answered, "cpu": time.process_time() - start})
    except Exception as error:
        say({"error": (str(error).strip().splitlines() or [repr(error)])[0]})
