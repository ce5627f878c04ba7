"""PyTorch's side of the race: reads one JSON request a line, answers with one JSON line.

{"network": {...}, "threads": n} builds a network, {"steps": n} trains it for n steps.
"""
import json
import sys
import time

import torch
from torch import nn


def build(net):
    layers, width = [], net["inputs"]
    act = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid}[net["activation"]]
    for units in net["hidden"]:
        layers.append(nn.Linear(width, units))
        if net.get("norm"):
            layers.append(nn.BatchNorm1d(units, eps=1e-3, momentum=0.01))
        layers.append(act())
        if net.get("dropout"):
            layers.append(nn.Dropout(net["dropout"]))
        width = units
    layers.append(nn.Linear(width, net["outputs"]))
    if net["task"] == "xor":
        layers.append(nn.Sigmoid())
    model = nn.Sequential(*layers)
    kind = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}[net["optimizer"]]
    options = {"eps": 1e-7} if net["optimizer"] == "adam" else {}
    optimizer = kind(model.parameters(), lr=net["learningRate"], **options)
    batch = net["batch"]
    if net["task"] == "xor":
        x = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]])
        y = torch.tensor([[0.0], [1], [1], [0]])
        loss = nn.MSELoss()
    else:
        x = torch.rand(batch * 8, net["inputs"])
        y = torch.randint(net["outputs"], (batch * 8,))
        loss = nn.CrossEntropyLoss()
    batches = list(zip(x.split(batch), y.split(batch)))

    def train(steps):
        start = time.perf_counter()
        for step in range(steps):
            bx, by = batches[step % len(batches)]
            optimizer.zero_grad()
            loss(model(bx), by).backward()
            optimizer.step()
        return time.perf_counter() - start

    return train


train = None
print(json.dumps({"version": torch.__version__}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    if "network" in request:
        torch.set_num_threads(request["threads"])
        torch.manual_seed(0)
        train = build(request["network"])
        answer = {}
    else:
        answer = {"seconds": train(request["steps"]), "steps": request["steps"]}
    print(json.dumps(answer), flush=True)
