"""Writes fixtures/torchBidirectional.json: what PyTorch's own bidirectional networks compute on sequences of unlike length.

    python makeTorchBidirectional.py > fixtures/torchBidirectional.json       (needs the package torch)
"""

import json

import torch

I, H, T, B, L = 3, 4, 5, 2, 2
LENGTHS = [5, 3]


def numbers(tensor):
    return [round(value, 6) for value in tensor.detach().reshape(-1).tolist()]


def network(kind, seed):
    torch.manual_seed(seed)
    made = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[kind]
    layers = made(I, H, num_layers=L, bidirectional=True)
    with torch.no_grad():
        for parameter in layers.parameters():
            # Larger than PyTorch's own, so that no gate is nearly linear; rounded, so that the file has what was used.
            parameter.copy_((parameter * 2).mul(1e6).round().div(1e6))
    x = torch.randn(T, B, I).mul(1e6).round().div(1e6)
    packed = torch.nn.utils.rnn.pack_padded_sequence(x, LENGTHS)
    output, _ = torch.nn.utils.rnn.pad_packed_sequence(layers(packed)[0])
    # A loss whose gradient differs from place to place; behind a sequence's end the output is 0.
    loss = (output * torch.arange(output.numel()).reshape(output.shape).sin()).sum()
    loss.backward()
    return {
        "kind": kind,
        "x": numbers(x),
        "weights": {name: numbers(value) for name, value in layers.named_parameters()},
        "output": numbers(output),
        "gradients": {name: numbers(value.grad) for name, value in layers.named_parameters()},
    }


print(
    json.dumps(
        {
            "torch": torch.__version__.split("+")[0],
            "sizes": {"I": I, "H": H, "T": T, "B": B, "L": L},
            "lengths": LENGTHS,
            "networks": [network("rnn", 1), network("lstm", 2), network("gru", 3)],
        }
    )
)
