"""Writes fixtures/torchCells.json: what PyTorch's own cells compute, for the test that copies their weights.

    python makeTorchCells.py > fixtures/torchCells.json       (needs the package torch)
"""

import json

import torch

I, H, T, B = 3, 4, 5, 2


def numbers(tensor):
    return [round(value, 6) for value in tensor.detach().reshape(-1).tolist()]


def cell(kind, seed):
    torch.manual_seed(seed)
    layer = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[kind](I, H)
    with torch.no_grad():
        for parameter in layer.parameters():
            # Larger than PyTorch's own, so that no gate is nearly linear; rounded, so that the file has what was used.
            parameter.copy_((parameter * 2).mul(1e6).round().div(1e6))
    x = torch.randn(T, B, I).mul(1e6).round().div(1e6)
    h = torch.randn(1, B, H).mul(1e6).round().div(1e6)
    c = torch.randn(1, B, H).mul(1e6).round().div(1e6)
    state = (h, c) if kind == "lstm" else h
    output, last = layer(x, state)
    # A loss whose gradient differs from place to place.
    loss = (output * torch.arange(output.numel()).reshape(output.shape).sin()).sum()
    loss.backward()
    return {
        "kind": kind,
        "x": numbers(x),
        "h": numbers(h),
        "c": numbers(c),
        "weights": {name: numbers(value) for name, value in layer.named_parameters()},
        "output": numbers(output),
        "lastC": numbers(last[1]) if kind == "lstm" else [],
        "gradients": {name: numbers(value.grad) for name, value in layer.named_parameters()},
    }


print(
    json.dumps(
        {
            "torch": torch.__version__.split("+")[0],
            "sizes": {"I": I, "H": H, "T": T, "B": B},
            "cells": [cell("rnn", 1), cell("lstm", 2), cell("gru", 3)],
        }
    )
)
