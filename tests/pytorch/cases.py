"""Which cases there are. Each is small; together they reach every cell, size, option and kernel form that matters."""

from __future__ import annotations

from dataclasses import dataclass

CELLS = ("rnn_tanh", "lstm", "gru", "gru_reset_before")
SHORT = {"rnn_tanh": "rnn", "lstm": "lstm", "gru": "gru", "gru_reset_before": "gru-before"}
STEPS = 10

FULL = {"kind": "full"}


def fixed(k: int) -> dict:
    return {"kind": "fixed", "k": k}


def norm(maximum: float) -> dict:
    return {"kind": "norm", "max": maximum}


def value(maximum: float) -> dict:
    return {"kind": "value", "max": maximum}


def sgd(lr: float, momentum: float = 0, weight_decay: float = 0) -> dict:
    return {"kind": "sgd", "lr": lr, "momentum": momentum, "weightDecay": weight_decay}


def adam(lr: float, weight_decay: float = 0, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8) -> dict:
    return {"kind": "adam", "lr": lr, "betas": list(betas), "eps": eps, "weightDecay": weight_decay}


def adamw(lr: float, weight_decay: float = 0.01, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8) -> dict:
    return {**adam(lr, weight_decay, betas, eps), "kind": "adamw"}


@dataclass(frozen=True)
class Case:
    """One folder. Symbols as in docs/notation.md; `inputs` is I for numbers and E, the embedding's width, for tokens."""

    name: str
    cell: str
    steps: int
    batch: int
    inputs: int
    hidden: int
    layers: int
    outputs: int
    at: str
    optimizer: dict
    vocab: int | None = None
    clip: dict | None = None
    bptt: dict | None = None
    carry: bool = False
    # h0, and c0 for an LSTM, are given; zeros otherwise.
    initial: bool = False
    precision: str = "f32"
    # Weights, which then are exact in f16, stored in half the bytes; only some of the gradients and parameters are expected.
    large: bool = False
    # Weights are drawn this much larger than by PyTorch, so that a gradient that has come far is not all but zero.
    gain: float = 1
    # What the probes of the first training step say is expected too; see probes.py.
    probes: bool = False
    # Another draw, for a case whose first one makes a gradient so small that Adam would magnify its rounding.
    draw: int = 0

    def description(self) -> dict:
        """What case.json holds."""
        embedding = None if self.vocab is None else {"vocab": self.vocab, "dim": self.inputs}
        return {
            "name": self.name,
            "model": {
                "cell": self.cell,
                "inputSize": self.inputs,
                "hiddenSize": self.hidden,
                "numLayers": self.layers,
                "embedding": embedding,
                "head": {"outputs": self.outputs, "at": self.at},
            },
            "loss": "cross_entropy",
            "optimizer": self.optimizer,
            "clip": self.clip,
            "bptt": self.bptt or FULL,
            "carryState": self.carry,
            "steps": STEPS,
            "precision": self.precision,
        }


def _of_every_cell() -> list[Case]:
    """Depths and sizes for each cell, with another mixture of the options at each."""
    cases: list[Case] = []
    for cell in CELLS:
        short = SHORT[cell]
        cases += [
            Case(f"{short}-1-layer", cell, 7, 5, 3, 6, 1, 4, "last", sgd(0.5)),
            Case(
                f"{short}-2-layers", cell, 10, 3, 5, 7, 2, 11, "all", adam(0.01),
                vocab=11, clip=norm(0.1), bptt=fixed(4), carry=True, probes=True,
            ),
            Case(
                f"{short}-3-layers", cell, 8, 4, 6, 10, 3, 5, "all", sgd(0.2, 0.9, 0.01),
                clip=value(0.01), bptt=fixed(4), initial=True, gain=2, probes=True,
            ),
            # Weights so large that gates saturate.
            Case(
                f"{short}-saturated", cell, 9, 6, 5, 12, 2, 3, "last", sgd(0.02 if cell == "rnn_tanh" else 0.05),
                gain=3, probes=True, draw=2 if cell == "lstm" else 0,
            ),
            # One of everything, and two classes; the carried state is what the recurrence works on.
            Case(f"{short}-all-ones", cell, 1, 1, 1, 1, 1, 2, "last", sgd(0.5, 0.5), carry=True, initial=True),
            # H not a multiple of 4, more than 128 rows in the products over all steps.
            Case(f"{short}-wide", cell, 19, 7, 1, 65, 1, 2, "last", adamw(0.01, 0.1), bptt=fixed(5), clip=norm(100),
                draw={"lstm": 2, "gru_reset_before": 7}.get(cell, 0),
            ),
            # Too wide for the form of the recurrence that is one dispatch for all steps.
            Case(
                f"{short}-widest", cell, 3, 2, 2, 264 if cell == "rnn_tanh" else 257, 1, 3, "all",
                sgd(0.1, 0.9), bptt=fixed(2) if cell in ("lstm", "gru_reset_before") else None, initial=cell != "gru", large=True, probes=True,
            ),
        ]  # fmt: skip
    return cases


def _of_one_option() -> list[Case]:
    """Options and sizes that need not be tried with every cell."""
    return [
        Case("gru-one-step", "gru", 1, 3, 4, 9, 2, 3, "all", adam(0.01), carry=True, initial=True),
        Case("lstm-one-step", "lstm", 1, 2, 4, 17, 2, 3, "last", sgd(0.3), initial=True, probes=True),
        Case("lstm-one-lane", "lstm", 12, 1, 3, 8, 2, 9, "all", adam(0.01), vocab=9),
        Case("rnn-one-lane", "rnn_tanh", 33, 1, 5, 12, 1, 6, "last", sgd(0.1), vocab=7),
        Case("gru-before-one-unit", "gru_reset_before", 9, 4, 1, 1, 1, 2, "all", adam(0.1), initial=True, gain=2),
        Case("lstm-embedding-of-one", "lstm", 6, 4, 1, 5, 1, 3, "all", sgd(2), vocab=3),
        Case("gru-large-vocabulary", "gru", 13, 6, 10, 15, 1, 65, "all", adam(0.005), vocab=65),
        Case("rnn-last-window-of-one", "rnn_tanh", 6, 4, 3, 8, 2, 3, "last", sgd(0.3), bptt=fixed(1)),
        Case("lstm-last-windows-fit", "lstm", 9, 4, 3, 8, 2, 3, "last", adam(0.01), bptt=fixed(3)),
        Case("gru-last-window-of-all", "gru", 6, 4, 3, 8, 2, 3, "last", sgd(0.3), bptt=fixed(6)),
        Case("gru-before-last-window-too-long", "gru_reset_before", 6, 4, 3, 8, 2, 3, "last", sgd(0.3), bptt=fixed(9)),
        Case("lstm-all-window-of-one", "lstm", 5, 4, 3, 8, 2, 3, "all", sgd(1.5), bptt=fixed(1), carry=True),
        Case("rnn-all-window-too-long", "rnn_tanh", 5, 4, 3, 8, 2, 3, "all", sgd(0.3), bptt=fixed(8)),
        Case("rnn-carried", "rnn_tanh", 6, 3, 3, 9, 3, 4, "all", adamw(0.01, 0.1), carry=True, initial=True),
        Case("gru-carried-last", "gru", 5, 3, 3, 9, 2, 4, "last", sgd(0.3, 0.9), carry=True),
        Case("lstm-carried", "lstm", 6, 5, 6, 11, 2, 10, "all", sgd(6), vocab=10, carry=True, clip=norm(0.25)),
        Case("lstm-adam-decay", "lstm", 6, 5, 4, 9, 1, 4, "last", adam(0.01, 0.1, (0.8, 0.99))),
        Case("gru-adamw", "gru", 6, 5, 4, 9, 2, 4, "all", adamw(0.01, 0.3, (0.5, 0.9)), initial=True),
        # An eps that counts, so that its place in the formula does.
        Case("rnn-adam-large-eps", "rnn_tanh", 6, 5, 4, 9, 1, 4, "last", adam(0.05, eps=0.01), clip=value(0.02)),
        Case("gru-before-adamw-large-eps", "gru_reset_before", 6, 5, 4, 9, 1, 4, "all", adamw(0.05, 0.1, eps=0.01)),
        Case("gru-before-carried", "gru_reset_before", 7, 3, 4, 9, 2, 6, "all", sgd(3), vocab=6, carry=True, bptt=fixed(3)),
    ]


def _in_half_precision() -> list[Case]:
    """Batches of many lanes, whose gradients, scaled by 65,536, stay below the largest f16 number."""
    return [
        Case("rnn-f16", "rnn_tanh", 6, 8, 7, 24, 2, 5, "last", sgd(0.2), gain=2, probes=True, precision="f16"),
        Case("lstm-f16", "lstm", 6, 5, 10, 16, 2, 7, "all", sgd(0.5, 0.9), vocab=7, carry=True, gain=3, probes=True, precision="f16"),
        Case("gru-f16", "gru", 7, 8, 5, 20, 2, 5, "last", sgd(0.5), bptt=fixed(4), gain=2, probes=True, precision="f16"),
        Case("gru-before-f16", "gru_reset_before", 6, 8, 5, 20, 1, 4, "all", sgd(0.3), initial=True, gain=2, precision="f16"),
        Case("lstm-f16-clip", "lstm", 6, 8, 4, 16, 1, 6, "last", sgd(2), clip=norm(0.05), gain=2, precision="f16"),
        Case("gru-f16-adam", "gru", 6, 8, 4, 16, 1, 6, "last", adam(0.01, eps=0.01), gain=2, precision="f16"),
        # One product per time step instead of whole sequences: what is summed up goes through f16 once more.
        Case("lstm-f16-one-step", "lstm", 1, 8, 4, 17, 2, 4, "all", sgd(0.5), initial=True, gain=2, precision="f16"),
        Case("gru-f16-widest", "gru", 3, 8, 2, 257, 1, 3, "last", sgd(0.2), gain=2, large=True, precision="f16"),
    ]


ALL: tuple[Case, ...] = (*_of_every_cell(), *_of_one_option(), *_in_half_precision())
