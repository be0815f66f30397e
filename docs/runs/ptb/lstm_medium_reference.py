"""The medium model of Zaremba, Sutskever and Vinyals (2014) in PyTorch, to hold beside `lstm-medium`.

Needs the package torch. Prints the perplexity of the training, validation and test text after every pass:

    python3 lstm_medium_reference.py ptb.train.txt ptb.valid.txt ptb.test.txt 2 > lstm-medium.reference.log

Two layers of 650 units, embedding and softmax of their own, dropout 0.5 at single steps on all that is not recurrent,
weights from the interval +-0.05, 20 lanes, windows of 35 tokens with the state carried, SGD with rate 1 on the loss summed
over a window's steps, gradients clipped at norm 5, the rate divided by 1.2 after every pass from the sixth on.
"""

import math
import sys
import time

import torch

LANES, WINDOW, HIDDEN, LAYERS = 20, 35, 650, 2


def read(path):
    with open(path, encoding="utf-8") as file:
        return [word for line in file for word in [*line.split(), "<eos>"]]


class Network(torch.nn.Module):
    def __init__(self, vocabulary):
        super().__init__()
        self.embedding = torch.nn.Embedding(vocabulary, HIDDEN)
        self.lstm = torch.nn.LSTM(HIDDEN, HIDDEN, LAYERS, dropout=0.5)
        self.dropout = torch.nn.Dropout(0.5)
        self.softmax = torch.nn.Linear(HIDDEN, vocabulary)
        for parameter in self.parameters():
            torch.nn.init.uniform_(parameter, -0.05, 0.05)

    def forward(self, tokens, state):
        rows, state = self.lstm(self.dropout(self.embedding(tokens)), state)
        return self.softmax(self.dropout(rows)), state


def windows(ids, lanes):
    steps = (len(ids) - 1) // lanes
    inputs = ids[: steps * lanes].view(lanes, steps).t()
    targets = ids[1 : steps * lanes + 1].view(lanes, steps).t()
    for start in range(0, steps, WINDOW):
        yield inputs[start : start + WINDOW], targets[start : start + WINDOW]


def nats(network, tokens, targets, state):
    logits, state = network(tokens, state)
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
    return loss, None if state is None else tuple(part.detach() for part in state)


@torch.no_grad()
def perplexity(network, ids):
    network.eval()
    state, total, count = None, 0.0, 0
    # One lane, from a sentence's end on, so that every token is predicted.
    for tokens, targets in windows(ids, 1):
        loss, state = nats(network, tokens, targets, state)
        total, count = total + loss.item() * targets.numel(), count + targets.numel()
    return math.exp(total / count)


def main():
    train, valid, test, passes = *sys.argv[1:4], int(sys.argv[4])
    torch.manual_seed(1)
    torch.set_num_threads(2)
    words = read(train)
    index = {word: n for n, word in enumerate(dict.fromkeys(words))}
    end = index["<eos>"]
    texts = [torch.tensor([end, *(index[word] for word in text)]) for text in (words, read(valid), read(test))]
    network = Network(len(index))
    rate, began = 1.0, time.monotonic()
    for number in range(1, passes + 1):
        rate = rate / 1.2 if number > 6 else rate
        network.train()
        state, total, count = None, 0.0, 0
        for tokens, targets in windows(texts[0], LANES):
            loss, state = nats(network, tokens, targets, state)
            network.zero_grad()
            (loss * tokens.shape[0]).backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            with torch.no_grad():
                for parameter in network.parameters():
                    parameter -= rate * parameter.grad
            total, count = total + loss.item() * targets.numel(), count + targets.numel()
        seconds = time.monotonic() - began
        scores = [perplexity(network, text) for text in texts[1:]]
        print(
            f"pass {number}: {seconds:.0f} s of training, training perplexity {math.exp(total / count):.1f},"
            f" validation {scores[0]:.1f}, test {scores[1]:.1f}",
            flush=True,
        )
        began = time.monotonic() - seconds


if __name__ == "__main__":
    main()
