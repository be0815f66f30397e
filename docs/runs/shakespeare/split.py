"""Splits tinyshakespeare by characters: the first 90 % to learn from, the next 5 % to choose weights by, the last 5 % to score.

    python3 split.py tinyshakespeare.txt

writes shake.train.txt, shake.valid.txt and shake.test.txt into the current folder.
"""

import sys

with open(sys.argv[1], encoding="utf-8", newline="") as file:
    text = file.read()
first, second = int(len(text) * 0.9), int(len(text) * 0.95)
for name, part in (("train", text[:first]), ("valid", text[first:second]), ("test", text[second:])):
    with open(f"shake.{name}.txt", "w", encoding="utf-8", newline="") as file:
        file.write(part)
