"""What a case draws and what PyTorch makes of it, as NumPy arrays; and whether a case is of use as a test."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np
import torch

from cases import Case, sgd
from reference import Network, Result, train

Arrays = dict[str, np.ndarray]

# Gradients and parameters up to this many numbers are expected of a large case; all of them of any other.
LARGE_CASE_NUMBERS = 2000


def draw(case: Case) -> tuple[Arrays, Arrays]:
    """Weights and inputs. Only uniform numbers and whole ones are drawn: NumPy gives the same on every machine."""
    random = np.random.Generator(np.random.PCG64([zlib.crc32(case.name.encode()), case.draw]))
    weights = {}
    bound = case.gain / np.sqrt(case.hidden)
    for name, tensor in Network(case.description()["model"]).state_dict().items():
        # The embedding has the deviation of nn.Embedding's; everything else is drawn as PyTorch's modules do.
        limit = np.sqrt(3) if name == "embed.weight" else bound
        drawn = random.uniform(-limit, limit, tuple(tensor.shape)).astype(np.float16 if case.large else np.float32)
        untrained = case.cell == "gru_reset_before" and "bias_hh" in name
        weights[name] = np.zeros_like(drawn) if untrained else drawn

    description = case.description()
    shape = (description["steps"], case.steps, case.batch)
    inputs: Arrays = {}
    if case.vocab is None:
        inputs["x"] = random.uniform(-np.sqrt(3), np.sqrt(3), (*shape, case.inputs)).astype(np.float32)
    else:
        inputs["x"] = random.integers(0, case.vocab, shape, dtype=np.int64)
    targets = shape if case.at == "all" else (shape[0], case.batch)
    inputs["y"] = random.integers(0, case.outputs, targets, dtype=np.int64)
    if case.initial:
        for name in ("h0", "c0") if case.cell == "lstm" else ("h0",):
            inputs[name] = random.uniform(-0.9, 0.9, (case.layers, case.batch, case.hidden)).astype(np.float32)
    return weights, inputs


def compute(case: Case, weights: Arrays, inputs: Arrays, dtype: torch.dtype) -> Arrays:
    """What PyTorch expects, in `dtype`."""
    as_torch = lambda arrays: {name: torch.from_numpy(array) for name, array in arrays.items()}
    given = {name: array for name, array in inputs.items() if case.initial or name in ("x", "y")}
    result: Result = train(case.description(), as_torch(weights), as_torch(given), dtype)
    expected = {"logits": result.logits, "loss": result.loss, "grad_norm": result.grad_norm}
    small = lambda tensor: not case.large or tensor.numel() <= LARGE_CASE_NUMBERS
    expected |= {f"grad.{name}": each for name, each in result.gradients.items() if small(each)}
    expected |= {f"param.{name}": each for name, each in result.parameters.items() if small(each)}
    expected["h_n"] = result.h_n
    if result.c_n is not None:
        expected["c_n"] = result.c_n
    return {name: tensor.numpy() for name, tensor in expected.items()}


def tolerance(name: str, wanted: np.ndarray) -> np.ndarray:
    """What an implementation in f32 may differ, as in docs/verification.md."""
    late = name.startswith("param.") or name in ("h_n", "c_n")
    return 2e-5 + (1e-3 if late else 2e-4) * np.abs(wanted)


def distance(wanted: Arrays, other: Arrays) -> float:
    """The largest difference between two computations, in tolerances."""
    return max(float(np.max(np.abs(other[name] - each) / tolerance(name, each))) for name, each in wanted.items())


def faults(case: Case, weights: Arrays, inputs: Arrays, exact: Arrays) -> list[str]:
    """Why a case would pass a wrong implementation or fail a right one; empty if it does neither."""
    found = []
    rounding = distance(exact, compute(case, weights, inputs, torch.float32))
    # Adam divides a gradient by its size: the sign of one that is all rounding would decide an update.
    if rounding > 0.1:
        found.append(f"rounding alone uses {rounding:.0%} of the tolerance; give it another draw")
    for name, wanted in exact.items():
        start = weights.get(name.removeprefix("param.")) if name.startswith("param.") else 0
        untrained = case.cell == "gru_reset_before" and "bias_hh" in name
        moved = np.max(np.abs(wanted - start) / tolerance(name, wanted))
        if moved < 20 and not untrained:
            found.append(f"{name} is {moved:.0f} tolerances from {'its start' if name.startswith('param.') else 'zero'}")
    for option, other in without_options(case).items():
        missed = distance(exact, compute(other, weights, inputs, torch.float64))
        if missed < 20:
            found.append(f"without {option} it is {missed:.1f} tolerances off only")
    return found


def without_options(case: Case) -> dict[str, Case]:
    """The case without each of its options that should make a difference."""
    others: dict[str, Case] = {}
    optimizer = case.optimizer
    if case.clip is not None and case.clip["max"] < 10:
        others["clip"] = replace(case, clip=None)
    if case.bptt is not None and case.bptt["k"] < case.steps:
        others["bptt"] = replace(case, bptt=None)
    if case.carry:
        others["carryState"] = replace(case, carry=False)
    if case.initial:
        others["h0"] = replace(case, initial=False)
    if optimizer["weightDecay"] > 0:
        others["weightDecay"] = replace(case, optimizer={**optimizer, "weightDecay": 0})
    if optimizer.get("momentum", 0) > 0:
        others["momentum"] = replace(case, optimizer=sgd(optimizer["lr"], 0, optimizer["weightDecay"]))
    if optimizer.get("eps", 0) > 1e-8:
        others["eps"] = replace(case, optimizer={**optimizer, "eps": 1e-8})
    if optimizer["kind"] == "adamw":
        others["decoupled decay"] = replace(case, optimizer={**optimizer, "kind": "adam"})
    return others
