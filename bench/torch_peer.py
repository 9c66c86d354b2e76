"""PyTorch's side of the benchmark: trains one workload with nn.RNN, nn.LSTM or nn.GRU and Adam, and prints one JSON object.

Usage: torch_peer.py DEVICE JOB, with DEVICE cpu or cuda and JOB a JSON object {workload, threads, options} as bench/jobs.ts describes it.
With no JOB it only prints whether the device is there.
"""

import json
import statistics
import sys
import time

import torch

BATCHES = 4
BLOCK_S = 0.25
MOST_BLOCKS = 15
FEWEST_BLOCKS = 3
WARM_UP_S = 1.0
LEARNING_RATE = 0.001


class Model(torch.nn.Module):
    def __init__(self, workload):
        super().__init__()
        given = workload["input"]
        self.rows = given["kind"] == "rows"
        width = given["size"] if self.rows else given["embeddingSize"]
        if not self.rows:
            self.embed = torch.nn.Embedding(workload["classes"], width)
        kind = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[workload["cell"]]
        self.rnn = kind(width, workload["hiddenSize"], workload["numLayers"])
        self.fc = torch.nn.Linear(workload["hiddenSize"], workload["classes"])

    def forward(self, x):
        hidden, _ = self.rnn(x if self.rows else self.embed(x))
        return self.fc(hidden[-1] if self.rows else hidden.flatten(0, 1))


def batches(workload, device):
    """Time-major, as the layers prefer: [T, B, I] or [T, B]."""
    steps, batch, classes = workload["steps"], workload["batchSize"], workload["classes"]
    made = []
    for _ in range(BATCHES):
        if workload["input"]["kind"] == "rows":
            x = torch.rand(steps, batch, workload["input"]["size"])
            y = torch.randint(classes, (batch,))
        else:
            x = torch.randint(classes, (steps, batch))
            y = torch.randint(classes, (steps * batch,))
        made.append((x.to(device), y.to(device)))
    return made


def blocks_for(seconds_per_step, budget_s, steps):
    per_block = max(1, round(BLOCK_S / seconds_per_step))
    if steps is not None:
        blocks = min(MOST_BLOCKS, max(min(FEWEST_BLOCKS, steps), -(-steps // per_block)))
        return blocks, max(1, round(steps / blocks))
    affordable = int(budget_s / (per_block * seconds_per_step))
    return min(MOST_BLOCKS, max(FEWEST_BLOCKS, affordable)), per_block


def measure(device, job):
    workload, options = job["workload"], job["options"]
    if device == "cpu":
        torch.set_num_threads(job["threads"])
    # Full f32, as the others compute; cuDNN's recurrent layers would take TF32 by default.
    torch.backends.cudnn.allow_tf32 = False
    torch.manual_seed(1)
    data = batches(workload, "cpu")
    begun = time.perf_counter()
    data = [(x.to(device), y.to(device)) for x, y in data]
    model = Model(workload).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, fused=True)
    loss_of = torch.nn.CrossEntropyLoss()
    state = {"step": 0, "loss": None}

    def train(steps):
        for _ in range(steps):
            x, y = data[state["step"] % BATCHES]
            state["step"] += 1
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of(model(x), y)
            loss.backward()
            optimizer.step()
            state["loss"] = loss

    def timed(steps):
        start = time.perf_counter()
        train(steps)
        state["loss"].item()  # waits for the device
        return (time.perf_counter() - start) / steps

    train(1)
    first = state["loss"].item()
    first_step = time.perf_counter() - begun
    warm_up_begun = time.perf_counter()
    seconds = timed(1)
    while seconds < 2 and time.perf_counter() - warm_up_begun < WARM_UP_S:
        seconds = timed(max(1, min(50, int(WARM_UP_S / 4 / seconds))))
    blocks, steps = blocks_for(seconds, options["budgetMs"] / 1000, options["steps"])
    samples = [timed(steps) * 1000 for _ in range(blocks)]
    name = torch.cuda.get_device_name() if device == "cuda" else f"{torch.get_num_threads()} threads"
    return {
        "device": f"PyTorch {torch.__version__}, {name}",
        "msPerStep": {"median": statistics.median(samples), "min": min(samples), "max": max(samples)},
        "firstStepMs": first_step * 1000,
        "steps": blocks * steps,
        "dispatches": None,
        "submits": None,
        "bytes": torch.cuda.max_memory_allocated() if device == "cuda" else None,
        "flops": None,
        "loss": {"first": first, "last": state["loss"].item()},
    }


def main():
    device = sys.argv[1]
    if device == "cuda" and not torch.cuda.is_available():
        sys.exit("this PyTorch finds no CUDA device")
    if len(sys.argv) > 2:
        print(json.dumps(measure(device, json.loads(sys.argv[2]))))


main()
