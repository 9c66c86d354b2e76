"""How far f16 storage alone leads: the f16 cases with PyTorch's numbers rounded where the product stores f16.

    python tests/pytorch/half.py [--draws N]

Everything else is exact (f64), so what differs is what half precision costs, whoever computes it. Each case is drawn N times (1: as it
is committed), and the largest differences of each kind of quantity are printed: the product's f16 tolerances are twice these.
Rounded are: weights (not biases), inputs, the projection of the input, gates, hidden states and, scaled by 65,536, their gradients and
dLogits. Not rounded, as in the product: an LSTM's cell state, logits, gradients of parameters, master weights.

The places are nearly the product's. Where one of its kernels goes on with a number in f32 and stores a rounded copy (the state and its
gradient inside a whole-sequence kernel), this rounds at once; where it adds to what it has stored (the sum before the gates, in the form
that takes one product per time step; the gradient from above and the one from later), it rounds once more than this.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

import computed
import reference
from cases import ALL, Case

SCALE = 65_536.0


class _Stored(torch.autograd.Function):
    """A number as f16 holds it; its gradient, scaled, likewise."""

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:  # noqa: ANN001
        return x.half().to(x.dtype)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:  # noqa: ANN001
        scaled = (gradient * SCALE).half()
        if not torch.isfinite(scaled).all():
            raise ArithmeticError("a gradient exceeds f16: the case would skip steps")
        return scaled.to(gradient.dtype) / SCALE


stored = _Stored.apply


def _weight(x: Tensor) -> Tensor:
    """A weight's f16 copy; its gradient goes to the master as it is."""
    return x + (x.half().to(x.dtype) - x).detach()


class HalfNetwork(reference.Network):
    """The same network step by step, with storage in f16."""

    def _window(self, x: Tensor, state: reference.State) -> tuple[Tensor, reference.State]:
        values = _weight(x) if self.embed is None else stored(F.embedding(x, _weight(self.embed.weight)))
        hidden, cell = state if isinstance(state, tuple) else (state, None)
        last_h, last_c = [], []
        for layer in range(self.num_layers):
            part = lambda name: getattr(self.rnn, f"{name}_l{layer}")
            w_ih, w_hh = _weight(part("weight_ih")), _weight(part("weight_hh"))
            h, c = stored(hidden[layer]), None if cell is None else cell[layer]
            outputs = []
            for x_t in values:
                projected = stored(F.linear(x_t, w_ih, part("bias_ih")))
                h, c = self._step(projected, h, c, w_hh, part("bias_hh"))
                outputs.append(h)
            values = torch.stack(outputs)
            last_h.append(h)
            last_c.append(c)
        h_n = torch.stack(last_h)
        return values, h_n if cell is None else (h_n, torch.stack(last_c))

    def _step(self, x: Tensor, h: Tensor, c: Tensor | None, w_hh: Tensor, b_hh: Tensor) -> tuple[Tensor, Tensor | None]:
        if self.cell == "rnn_tanh":
            return stored(torch.tanh(x + F.linear(h, w_hh, b_hh))), c
        if self.cell == "lstm":
            i, f, g, o = (x + F.linear(h, w_hh, b_hh)).chunk(4, dim=-1)
            i, f, g, o = stored(torch.sigmoid(i)), stored(torch.sigmoid(f)), stored(torch.tanh(g)), stored(torch.sigmoid(o))
            c = f * c + i * g
            return stored(o * torch.tanh(c)), c
        size = self.hidden_size
        x_gates, x_n = x.split([2 * size, size], dim=-1)
        gates_hh, new_hh = w_hh.split([2 * size, size])
        b_gates, b_n = b_hh.split([2 * size, size])
        r, z = (stored(each) for each in torch.sigmoid(x_gates + F.linear(h, gates_hh, b_gates)).chunk(2, dim=-1))
        if self.cell == "gru":
            n = torch.tanh(x_n + r * stored(F.linear(h, new_hh, b_n)))
        else:
            n = torch.tanh(x_n + F.linear(stored(r * h), new_hh))
        return stored((1 - z) * stored(n) + z * h), c


class _HalfHead(torch.nn.Linear):
    """The head reads the weight's f16 copy; logits are f32, their gradient is f16."""

    def forward(self, x: Tensor) -> Tensor:
        logits = F.linear(x, _weight(self.weight), self.bias)
        return _GradientStored.apply(logits)


class _GradientStored(_Stored):
    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:  # noqa: ANN001
        return x.view_as(x)


def half_network(model: dict) -> HalfNetwork:
    network = HalfNetwork(model)
    head = _HalfHead(network.fc.in_features, network.fc.out_features)
    network.fc = head
    return network


KINDS = ("logits", "gradients", "loss, norm", "parameters", "h_n", "c_n")


def kind_of(name: str) -> str:
    """As in src/verify/tolerances.ts."""
    if name in ("logits", "h_n", "c_n"):
        return name
    if name in ("loss", "grad_norm"):
        return "loss, norm"
    return "gradients" if name.startswith("grad.") else "parameters"


def deviations(case: Case) -> dict[str, float]:
    """The largest difference of each quantity between exact numbers and those stored in f16.

    Relative to 1 + |exact|; for gradients, which are small, to their tensor's largest + |exact|.
    """
    weights, inputs = computed.draw(case)
    exact = computed.compute(case, weights, inputs, torch.float64)
    plain = reference.Network
    reference.Network = half_network
    try:
        half = computed.compute(case, weights, inputs, torch.float64)
    finally:
        reference.Network = plain
    unit = lambda name, each: np.max(np.abs(each)) if name.startswith("grad.") else 1
    return {name: float(np.max(np.abs(half[name] - each) / (unit(name, each) + np.abs(each)))) for name, each in exact.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description="What f16 storage alone costs, by PyTorch.")
    parser.add_argument("--draws", type=int, default=1, help="how often each case is drawn")
    draws = parser.parse_args().draws
    torch.set_num_threads(1)
    print("| case | " + " | ".join(KINDS) + " |\n" + "|---" * (len(KINDS) + 1) + "|")
    worst: dict[str, float] = {}
    for case in (each for each in ALL if each.precision == "f16"):
        largest: dict[str, float] = {}
        for draw in range(draws):
            for name, value in deviations(replace(case, draw=case.draw + draw)).items():
                kind = kind_of(name)
                largest[kind] = max(largest.get(kind, 0), value)
                worst[kind] = max(worst.get(kind, 0), value)
        print(f"| {case.name} | " + " | ".join(f"{largest[kind]:.1e}" if kind in largest else "" for kind in KINDS) + " |")
    print("| all | " + " | ".join(f"{worst[kind]:.1e}" for kind in KINDS) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
