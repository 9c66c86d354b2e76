"""Makes the cases that the product's training is compared with: see README.md.

    python tests/pytorch/generate.py            writes cases/ anew, and the table of them in README.md
    python tests/pytorch/generate.py --check    says whether what is there is what this program makes

Everything is computed in f64 and stored rounded to f32, so the expected numbers carry no rounding of their own. Writing also
makes sure that each case is of use: that PyTorch's own f32 stays well within the tolerances, and that leaving out an option
of the case does not (see `faults` in computed.py).
"""

from __future__ import annotations

import argparse
import json
import shutil
import struct
import sys
from pathlib import Path

import numpy as np
import torch

import tensor_file
from cases import ALL, Case
from computed import Arrays, compute, draw, faults
from probes import compute_probes, probe_faults

HERE = Path(__file__).resolve().parent
FOLDER = HERE / "cases"
FILES = ("case.json", "inputs.safetensors", "weights.safetensors", "expected.safetensors")

def show_json(description: dict) -> bytes:
    """One line per field, except for the model: what Biome's formatter leaves as it is."""
    line = lambda value: json.dumps(value).replace("{", "{ ").replace("}", " }").replace("e-0", "e-")
    model = ",\n".join(f'    "{key}": {line(value)}' for key, value in description["model"].items())
    rows = [
        f'  "{key}": ' + ("{\n" + model + "\n  }" if key == "model" else line(value))
        for key, value in description.items()
    ]
    return ("{\n" + ",\n".join(rows) + "\n}\n").encode()


def make(case: Case) -> tuple[dict[str, bytes], Arrays]:
    """The bytes of a case's files, and what is expected before it is rounded to f32."""
    weights, inputs = draw(case)
    exact = compute(case, weights, inputs, torch.float64) | compute_probes(case, weights, inputs, torch.float64)
    stored = {name: array.astype(np.float32) for name, array in exact.items()}
    files = (show_json(case.description()), *(tensor_file.to_bytes(each) for each in (inputs, weights, stored)))
    return dict(zip(FILES, files)), exact


def differs(found: bytes, exact: Arrays) -> str | None:
    """Where stored numbers are not `exact` rounded to f32, with room for what f64 itself rounds differently elsewhere."""
    try:
        stored = tensor_file.from_bytes(found)
    except (ValueError, KeyError, TypeError, struct.error):
        return "it is not a whole safetensors file"
    if list(stored) != list(exact):
        return "it holds other quantities"
    for name, wanted in exact.items():
        if stored[name].shape != wanted.shape:
            return f"{name} has another shape"
        room = 2**-24 * np.abs(wanted) + 1e-12
        if np.any(np.abs(stored[name].astype(np.float64) - wanted) > room):
            return f"{name} has other numbers"
    return None


def unknown_folders() -> list[Path]:
    names = {case.name for case in ALL}
    return [path for path in sorted(FOLDER.glob("*")) if path.name not in names]


def check() -> int:
    """Compares what is in cases/ with what this program makes; 1 if anything differs."""
    wrong = [f"cases/{path.name} is not a case" for path in unknown_folders()]
    rounded = 0
    for case in ALL:
        files, exact = make(case)
        for name, wanted in files.items():
            path = FOLDER / case.name / name
            where = f"cases/{case.name}/{name}"
            if not path.exists():
                wrong.append(f"{where} is missing")
            elif path.read_bytes() != wanted:
                fault = differs(path.read_bytes(), exact) if name == "expected.safetensors" else "its bytes differ"
                if fault is None:
                    rounded += 1
                else:
                    wrong.append(f"{where}: {fault}")
    print("\n".join(wrong) if wrong else f"All {len(ALL)} cases are what generate.py makes.")
    if rounded > 0:
        print(f"In {rounded} of them, some numbers lie so close to the middle of two f32 numbers that they round otherwise here.")
    return 1 if wrong else 0


def write() -> int:
    """Makes cases/ what it must be, and the table in README.md; 1 if a case is of no use."""
    for path in unknown_folders():
        shutil.rmtree(path)
    total = 0
    useless: list[str] = []
    for number, case in enumerate(ALL, 1):
        print(f"{number:3} of {len(ALL)}  {case.name}")
        files, exact = make(case)
        probes = {name: array for name, array in exact.items() if name.startswith("probe.")}
        others = {name: array for name, array in exact.items() if name not in probes}
        found = [*faults(case, *draw(case), others), *probe_faults(case, *draw(case), probes)]
        useless += [f"{case.name}: {fault}" for fault in found]
        folder = FOLDER / case.name
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)
            total += len(data)
    write_table()
    print("\n".join([*useless, f"{len(ALL)} cases, {total / 2**20:.2f} MiB."]))
    return 1 if useless else 0


_NAMES = {"weightDecay": "decay"}


def _words(setting: dict | None) -> str:
    """A setting for the table, without what is 0 or as usual."""
    if setting is None:
        return "none"
    words = [setting["kind"]]
    for key, value in setting.items():
        if key != "kind" and value not in (0, 1e-8, [0.9, 0.999]):
            words.append(f"{_NAMES.get(key, key)} {value}")
    return ", ".join(words)


def write_table() -> None:
    """Puts the table of all cases between the two marks in README.md."""
    path = HERE / "README.md"
    begin, end = "<!-- cases -->\n", "<!-- end of cases -->\n"
    head, _, rest = path.read_text().partition(begin)
    rows = ["| case | T | B | I | H | L | V | embedding | head | optimizer | clip | bptt | state |", "|---" * 13 + "|"]
    for c in ALL:
        state = " ".join([word for word, there in (("given", c.initial), ("carried", c.carry)) if there]) or "zeros"
        embedding = "no" if c.vocab is None else f"{c.vocab} tokens"
        cells = (c.name, c.steps, c.batch, c.inputs, c.hidden, c.layers, c.outputs, embedding, c.at, _words(c.optimizer))
        rows.append("| " + " | ".join(map(str, (*cells, _words(c.clip), _words(c.bptt or {"kind": "full"}), state))) + " |")
    path.write_text(head + begin + "\n".join(rows) + "\n" + end + rest.partition(end)[2])


def main() -> int:
    parser = argparse.ArgumentParser(description="Makes the cases in tests/pytorch/cases with PyTorch.")
    parser.add_argument("--check", action="store_true", help="change nothing; compare what is there with what would be made")
    arguments = parser.parse_args()
    # Sums in one order, whatever the number of cores.
    torch.set_num_threads(1)
    return check() if arguments.check else write()


if __name__ == "__main__":
    sys.exit(main())
