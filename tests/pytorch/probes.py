"""What the probes of a case's first training step must say: PyTorch's gradients at every state, by retain_grad on each of them.

nn.RNN, nn.LSTM and nn.GRU hand out the top layer's states only, so the network is written out state by state here, with the weights of
the same modules. That it is the same network is made sure of each time: its logits and the parameters' gradients must be the modules'.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from cases import Case
from reference import Network, clip_gradients, make_optimizer

Arrays = dict[str, np.ndarray]

GATES = {
    "rnn_tanh": ("tanh",),
    "lstm": ("sigmoid", "sigmoid", "tanh", "sigmoid"),
    "gru": ("sigmoid", "sigmoid", "tanh"),
    "gru_reset_before": ("sigmoid", "sigmoid", "tanh"),
}
# As in src/probes.ts.
LOW, HIGH, TANH = 0.1, 0.9, 0.97
# Power iterations that src/verify/probes.ts makes before it looks, and what may be left of all but the two leading eigenvectors.
ITERATIONS, LEFT = 640, 1e-5


@dataclass
class Unrolled:
    """The states of every layer and time step, with their gradients once there was a backward pass."""

    logits: Tensor
    hidden: list[list[Tensor]]
    cell: list[list[Tensor]]
    gates: list[list[list[Tensor]]]


def step_of(cell: str, x: Tensor, h: Tensor, c: Tensor, w_hh: Tensor, b_hh: Tensor) -> tuple[Tensor, Tensor, list[Tensor]]:
    """One time step from the projected input: h_t, c_t and the gates."""
    if cell == "rnn_tanh":
        h = torch.tanh(x + F.linear(h, w_hh, b_hh))
        return h, c, [h]
    if cell == "lstm":
        i, f, g, o = (x + F.linear(h, w_hh, b_hh)).chunk(4, dim=-1)
        i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
        c = f * c + i * g
        # Its own node, so that dL/dc_t holds what comes by way of h_t too.
        return o * torch.tanh(c), c, [i, f, g, o]
    size = h.shape[-1]
    x_gates, x_n = x.split([2 * size, size], dim=-1)
    if cell == "gru":
        h_gates, h_n = F.linear(h, w_hh, b_hh).split([2 * size, size], dim=-1)
        r, z = torch.sigmoid(x_gates + h_gates).chunk(2, dim=-1)
        n = torch.tanh(x_n + r * h_n)
    else:
        r, z = torch.sigmoid(x_gates + F.linear(h, w_hh[: 2 * size])).chunk(2, dim=-1)
        n = torch.tanh(x_n + F.linear(r * h, w_hh[2 * size :]))
    return (1 - z) * n + z * h, c, [r, z, n]


def unroll(network: Network, x: Tensor, h0: Tensor, c0: Tensor, bptt: dict) -> Unrolled:
    """The network state by state; gradients are cut where reference.py detaches."""
    steps = len(x)
    def is_cut(t: int) -> bool:
        if bptt["kind"] == "full" or t == 0:
            return False
        return t == steps - bptt["k"] if network.at == "last" else t % bptt["k"] == 0

    layer_input = list(x if network.embed is None else network.embed(x))
    hidden, cells, gates = [], [], []
    for layer in range(network.num_layers):
        part = lambda name: getattr(network.rnn, f"{name}_l{layer}")
        h, c = h0[layer], c0[layer]
        rows: tuple[list, list, list] = ([], [], [])
        for t in range(steps):
            if is_cut(t):
                h, c = h.detach(), c.detach()
            projected = F.linear(layer_input[t], part("weight_ih"), part("bias_ih"))
            h, c, gate_values = step_of(network.cell, projected, h, c, part("weight_hh"), part("bias_hh"))
            h.retain_grad()
            if network.cell == "lstm":
                c.retain_grad()
            for row, value in zip(rows, (h, c, gate_values)):
                row.append(value)
        layer_input = rows[0]
        for kept, row in zip((hidden, cells, gates), rows):
            kept.append(row)
    top = layer_input[-1] if network.at == "last" else torch.stack(layer_input)
    return Unrolled(network.fc(top), hidden, cells, gates)


def _states(each: list[list[Tensor]], number) -> Tensor:
    """[L, T] of a number of each state."""
    return torch.stack([torch.stack([number(state).detach() for state in row]) for row in each])


def _grad(state: Tensor) -> Tensor:
    return torch.zeros_like(state) if state.grad is None else state.grad


def _saturation(case: Case, each: Unrolled) -> Tensor:
    """[L, T, G, 2]: fractions of each gate's values that are saturated low and high."""
    def fractions(kind: str, values: Tensor) -> Tensor:
        low, high = (-TANH, TANH) if kind == "tanh" else (LOW, HIGH)
        return torch.stack([(values < low).to(values.dtype).mean(), (values > high).to(values.dtype).mean()])

    kinds = GATES[case.cell]
    return torch.stack([
        torch.stack([torch.stack([fractions(kind, value) for kind, value in zip(kinds, gates)]) for gates in row]) for row in each.gates
    ])


def _parameter_names(network: Network) -> list[str]:
    kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    recurrent = [f"rnn.{kind}_l{layer}" for layer in range(network.num_layers) for kind in kinds]
    return [*([] if network.embed is None else ["embed.weight"]), *recurrent, "fc.weight", "fc.bias"]


def _moduli(network: Network) -> list[list[list[complex]]]:
    """Eigenvalues of each layer's and gate's recurrent matrix, the largest first."""
    each = []
    for layer in range(network.num_layers):
        matrices = getattr(network.rnn, f"weight_hh_l{layer}").detach().double().split(network.hidden_size)
        each.append([sorted(torch.linalg.eigvals(matrix).tolist(), key=lambda value: -abs(value)) for matrix in matrices])
    return each


def left_over(eigenvalues: list[complex]) -> float:
    """What the power iteration has left of all but the leading real eigenvalues, two at most, or the leading complex pair."""
    def is_real(value: complex) -> bool:
        return abs(value.imag) < 1e-12

    leading = 2
    if is_real(eigenvalues[0]) and len(eigenvalues) > 1 and not is_real(eigenvalues[1]):
        leading = 1
    if len(eigenvalues) <= leading:
        return 0
    return (abs(eigenvalues[leading]) / abs(eigenvalues[0])) ** ITERATIONS


def _settles(network: Network) -> bool:
    return max(left_over(gate) for layer in _moduli(network) for gate in layer) < LEFT


def compute_probes(case: Case, weights: Arrays, inputs: Arrays, dtype: torch.dtype) -> Arrays:
    """The probes of the first training step in `dtype`; nothing for a case that has none."""
    if not case.probes:
        return {}
    description = case.description()
    network = Network(description["model"]).to(dtype)
    network.load_state_dict({name: torch.from_numpy(array).to(dtype) for name, array in weights.items()})
    x, y = torch.from_numpy(inputs["x"][0]), torch.from_numpy(inputs["y"][0])
    if x.is_floating_point():
        x = x.to(dtype)
    zeros = torch.zeros(case.layers, case.batch, case.hidden, dtype=dtype)
    h0, c0 = (torch.from_numpy(inputs[name]).to(dtype) if case.initial and name in inputs else zeros for name in ("h0", "c0"))
    result: dict[str, Tensor] = {}

    # What the module itself computes.
    given = (h0, c0) if case.cell == "lstm" else h0
    logits = network(x, given, description["bptt"])[0]
    F.cross_entropy(logits.flatten(0, -2), y.flatten()).backward()
    wanted = {name: each.grad.clone() for name, each in network.named_parameters()}
    network.zero_grad()

    each = unroll(network, x, h0, c0, description["bptt"])
    F.cross_entropy(each.logits.flatten(0, -2), y.flatten()).backward()
    exactness = 1e-12 if dtype == torch.float64 else 1e-3
    assert torch.allclose(each.logits, logits, rtol=exactness, atol=exactness)
    for name, parameter in network.named_parameters():
        assert torch.allclose(parameter.grad, wanted[name], rtol=exactness, atol=exactness), name

    result["d_hidden"] = _states(each.hidden, lambda h: _grad(h).norm())
    result["d_hidden_one"] = _states(each.hidden, lambda h: _grad(h)[0].norm())
    if case.cell == "lstm":
        result["d_cell"] = _states(each.cell, lambda c: _grad(c).norm())
    result["hidden_mean"] = _states(each.hidden, lambda h: h.mean())
    result["hidden_deviation"] = _states(each.hidden, lambda h: h.std(correction=0))
    result["saturation"] = _saturation(case, each)

    optimizer = make_optimizer(network, description["optimizer"])
    gradients = {name: each.grad.clone() for name, each in network.named_parameters()}
    before = {name: each.clone() for name, each in network.state_dict().items()}
    if _settles(network):
        moduli = [[abs(gate[0]) for gate in layer] for layer in _moduli(network)]
        result["spectral_radius"] = torch.tensor(moduli, dtype=dtype)
    clip_gradients(network, description["clip"])
    by_value = case.clip is not None and case.clip["kind"] == "value"
    flat = [torch.cat([each.flatten() for each in every]) for every in (gradients.values(), [p.grad for p in network.parameters()])]
    cosine = F.cosine_similarity(flat[0], flat[1], dim=0) if by_value else torch.ones((), dtype=dtype)
    optimizer.step()
    after = network.state_dict()
    none = torch.zeros((), dtype=dtype)
    result["parameters"] = torch.stack([
        torch.stack([gradients[name].norm() if name in gradients else none, after[name].norm(), (after[name] - before[name]).norm()])
        for name in _parameter_names(network)
    ])
    result["clip_cosine"] = cosine.reshape(1)

    # The gradient of each example's own loss at the last time step, not truncated.
    network.load_state_dict(before)
    network.zero_grad()
    each = unroll(network, x, h0, c0, {"kind": "full"})
    last, target = (each.logits, y) if case.at == "last" else (each.logits[-1], y[-1])
    F.cross_entropy(last, target, reduction="sum").backward()
    root_mean_square = lambda state: (_grad(state).pow(2).sum() / case.batch).sqrt()
    result["horizon_d_hidden"] = _states(each.hidden, root_mean_square)
    result["horizon_d_hidden_one"] = _states(each.hidden, lambda h: _grad(h)[0].norm())
    if case.cell == "lstm":
        result["horizon_d_cell"] = _states(each.cell, root_mean_square)
    return {f"probe.{name}": value.detach().numpy() for name, value in result.items()}


# As in src/verify/tolerances.ts.
_TOLERANCES = {"saturation": (1e-6, 0), "hidden_mean": (2e-5, 2e-4), "hidden_deviation": (2e-5, 2e-4), "spectral_radius": (1e-4, 1e-3)}


def probe_faults(case: Case, weights: Arrays, inputs: Arrays, exact: Arrays) -> list[str]:
    """Why a case's probes would pass a wrong implementation or fail a right one; empty if they do neither."""
    found = []
    single = compute_probes(case, weights, inputs, torch.float32)
    for name, wanted in exact.items():
        absolute, relative = _TOLERANCES.get(name.removeprefix("probe."), (1e-7, 2e-4))
        tolerance = absolute + relative * np.abs(wanted)
        if case.precision == "f32" and np.max(np.abs(single[name] - wanted) / tolerance) > 0.1:
            found.append(f"rounding alone uses more than a tenth of the tolerance of {name}; give it another draw")
        if name != "probe.saturation" and np.max(np.abs(wanted) / tolerance) < 20:
            found.append(f"{name} is within 20 tolerances of zero")
    if case.probes and case.gain > 2 and not np.all(exact["probe.saturation"].max(axis=(0, 1)) > 0):
        found.append("a gate is nowhere saturated")
    if case.probes and case.gain > 2 and "probe.spectral_radius" not in exact:
        found.append("the power iteration does not settle; give it another draw")
    return found
