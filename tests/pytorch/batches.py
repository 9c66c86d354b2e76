"""The batches of a run, in the order in which the product takes them: written anew from its description, sharing no code.

Digits: the epoch's permutation of the training set, cut into batches. Text: one stream of characters per lane, cut into
windows. docs/notation.md and docs/architecture.md describe both.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

import numpy as np

WORDS = 2**32
# Second word of the key under which an epoch's order is drawn: "or" and zeros.
ORDER_STREAM = 0x6F720000


def threefry2x32(key: tuple[int, int], counter0: np.ndarray, counter1: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw, SC11) for many counters at once; everything is u32."""
    rotations = (13, 15, 26, 6, 17, 29, 16, 24)
    keys = (key[0], key[1], key[0] ^ key[1] ^ 0x1BD11BDA)
    # In 64 bits, with what overflows 32 taken away.
    x0 = (counter0.astype(np.uint64) + keys[0]) % WORDS
    x1 = (counter1.astype(np.uint64) + keys[1]) % WORDS
    for number in range(20):
        rotation = rotations[number % 8]
        x0 = (x0 + x1) % WORDS
        x1 = ((x1 << rotation) % WORDS | x1 >> (32 - rotation)) ^ x0
        if number % 4 == 3:
            injection = number // 4 + 1
            x0 = (x0 + keys[injection % 3]) % WORDS
            x1 = (x1 + keys[(injection + 1) % 3] + injection) % WORDS
    return x0, x1


def random_words(seed: int, stream: int, index: int) -> Iterator[int]:
    """The u32 words of one stream, from the counters (index, 0), (index, 1), ..., two from each."""
    block = 4096
    for start in range(0, WORDS, block):
        counters = np.arange(start, start + block, dtype=np.uint64)
        yield from np.stack(threefry2x32((seed, stream), np.full_like(counters, index), counters), axis=1).ravel().tolist()


def epoch_order(count: int, seed: int, epoch: int) -> np.ndarray:
    """Fisher and Yates' permutation of 0 to count - 1, from the last place to the second."""
    words = random_words(seed, ORDER_STREAM, epoch)

    def below(bound: int) -> int:
        """Each number equally likely: words beyond the last whole share are drawn again."""
        share = WORDS // bound
        while (drawn := next(words) // share) >= bound:
            pass
        return drawn

    order = list(range(count))
    for i in range(count - 1, 0, -1):
        j = below(i + 1)
        order[i], order[j] = order[j], order[i]
    return np.array(order)


@dataclass(frozen=True)
class Data:
    """Training batches without end, and everything that validates: x [T, B, I] or tokens [T, B], y [B] or [T, B]."""

    train: Iterator[tuple[np.ndarray, np.ndarray]]
    validation: tuple[np.ndarray, np.ndarray]
    classes: int
    batches_per_epoch: int


def _read_idx(path: Path) -> np.ndarray:
    """An IDX file of unsigned bytes."""
    data = gzip.decompress(path.read_bytes())
    dimensions = data[3]
    shape = np.frombuffer(data, ">u4", dimensions, 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def digits(folder: Path, batch: int, seed: int) -> Data:
    """MNIST, one image row per time step, pixels from 0 to 1. An epoch leaves out what does not fill a batch."""
    images, labels, test_images, test_labels = (
        _read_idx(folder / "mnist" / f"{part}-ubyte.gz")
        for part in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
    )

    def rows(chosen: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(chosen.transpose(1, 0, 2), dtype=np.float32) / np.float32(255)

    batches = len(images) // batch

    def train() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        epoch = 0
        while True:
            order = epoch_order(len(images), seed, epoch)
            for number in range(batches):
                chosen = order[number * batch : (number + 1) * batch]
                yield rows(images[chosen]), labels[chosen].astype(np.int64)
            epoch += 1

    return Data(train(), (rows(test_images), test_labels.astype(np.int64)), 10, batches)


def text(folder: Path, batch: int, window: int) -> Data:
    """Tiny Shakespeare: characters numbered by code point, the first 90 % for training, the targets one character ahead."""
    characters = (folder / "tinyshakespeare" / "input.txt").read_bytes().decode().replace("\r\n", "\n")
    vocabulary = {character: token for token, character in enumerate(sorted(set(characters)))}
    tokens = np.array([vocabulary[character] for character in characters], np.int64)
    split = len(tokens) * 9 // 10

    def lanes(part: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The whole of each lane, [length, lanes], as inputs and as targets."""
        length = (len(part) - 1) // count
        x, y = (part[shift : shift + count * length].reshape(count, length).T for shift in (0, 1))
        return np.ascontiguousarray(x), np.ascontiguousarray(y)

    x, y = lanes(tokens[:split], batch)
    batches = len(x) // window

    def train() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        while True:
            for number in range(batches):
                here = slice(number * window, (number + 1) * window)
                yield x[here], y[here]

    validating = tokens[split:]
    return Data(train(), lanes(validating, min(batch, (len(validating) - 1) // window)), len(vocabulary), batches)
