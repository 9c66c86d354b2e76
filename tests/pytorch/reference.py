"""What PyTorch computes for one case: its own modules, losses, clipping and optimizers, in the dtype asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor, nn

State = Tensor | tuple[Tensor, Tensor]


class GruResetBefore(nn.Module):
    """The GRU as first published (Cho et al. 2014, v1) and in Keras with reset_after=False; nn.GRU has no such form.

    The reset gate acts on h before the product: n = tanh(W_in x + b_in + W_hn (r * h)). Names, layouts and the order of
    the gates' rows (r, z, n) are nn.GRU's. bias_hh is zero and not trained, so it is a buffer.
    """

    def __init__(self, input_size: int, hidden_size: int, num_layers: int) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        for layer in range(num_layers):
            width = input_size if layer == 0 else hidden_size
            self.register_parameter(f"weight_ih_l{layer}", nn.Parameter(torch.empty(3 * hidden_size, width)))
            self.register_parameter(f"weight_hh_l{layer}", nn.Parameter(torch.empty(3 * hidden_size, hidden_size)))
            self.register_parameter(f"bias_ih_l{layer}", nn.Parameter(torch.empty(3 * hidden_size)))
            self.register_buffer(f"bias_hh_l{layer}", torch.zeros(3 * hidden_size))

    def forward(self, x: Tensor, h_0: Tensor) -> tuple[Tensor, Tensor]:
        """x [T, B, I] and h_0 [L, B, H] to all outputs [T, B, H] and the last states [L, B, H]."""
        last = []
        for layer in range(self.num_layers):
            weight_hh = getattr(self, f"weight_hh_l{layer}")
            projected = F.linear(x, getattr(self, f"weight_ih_l{layer}"), getattr(self, f"bias_ih_l{layer}"))
            gates_hh, new_hh = weight_hh.split([2 * self.hidden_size, self.hidden_size])
            h = h_0[layer]
            outputs = []
            for x_t in projected:
                x_gates, x_n = x_t.split([2 * self.hidden_size, self.hidden_size], dim=-1)
                r, z = torch.sigmoid(x_gates + F.linear(h, gates_hh)).chunk(2, dim=-1)
                n = torch.tanh(x_n + F.linear(r * h, new_hh))
                h = (1 - z) * n + z * h
                outputs.append(h)
            x = torch.stack(outputs)
            last.append(h)
        return x, torch.stack(last)


_CELLS = {"rnn_tanh": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU, "gru_reset_before": GruResetBefore}


class Network(nn.Module):
    """Embedding (for tokens), recurrent layers, linear head. Its state dict has the names that a case's files have."""

    def __init__(self, model: dict) -> None:
        super().__init__()
        embedding = model["embedding"]
        self.embed = None if embedding is None else nn.Embedding(embedding["vocab"], embedding["dim"])
        self.cell: str = model["cell"]
        self.num_layers: int = model["numLayers"]
        self.hidden_size: int = model["hiddenSize"]
        self.at: str = model["head"]["at"]
        self.rnn = _CELLS[self.cell](model["inputSize"], self.hidden_size, self.num_layers)
        self.fc = nn.Linear(self.hidden_size, model["head"]["outputs"])

    def zero_state(self, batch: int) -> State:
        """Initial states [L, B, H] of zeros: h, or h and c."""
        zeros = self.fc.weight.new_zeros(self.num_layers, batch, self.hidden_size)
        return (zeros, zeros) if self.cell == "lstm" else zeros

    def forward(self, x: Tensor, state: State, bptt: dict) -> tuple[Tensor, State]:
        """x [T, B, I], or tokens [T, B], to logits ([B, V] or [T, B, V]) and the last states, with truncated gradients."""
        if bptt["kind"] == "full":
            output, state = self._window(x, state)
        elif self.at == "last":
            output, state = self._tail(x, state, bptt["k"])
        else:
            output, state = self._windows(x, state, bptt["k"])
        return self.fc(output[-1] if self.at == "last" else output), state

    def _window(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        return self.rnn(x if self.embed is None else self.embed(x), state)

    def _tail(self, x: Tensor, state: State, k: int) -> tuple[Tensor, State]:
        """Only the last step has a target: its gradient goes back k steps, the steps before are a plain forward pass."""
        if len(x) > k:
            with torch.no_grad():
                state = self._window(x[:-k], state)[1]
        return self._window(x[-k:], state)

    def _windows(self, x: Tensor, state: State, k: int) -> tuple[Tensor, State]:
        """Every step has a target: windows of k steps from the first on, the state carried and detached between them."""
        outputs = []
        for window in x.split(k):
            output, state = self._window(window, detached(state))
            outputs.append(output)
        return torch.cat(outputs), state


def detached(state: State) -> State:
    return tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()


def make_optimizer(network: nn.Module, settings: dict) -> torch.optim.Optimizer:
    """torch.optim's SGD, Adam or AdamW, with a case's or a run configuration's field names."""
    parameters = list(network.parameters())
    lr, weight_decay = settings["lr"], settings["weightDecay"]
    if settings["kind"] == "sgd":
        return torch.optim.SGD(parameters, lr=lr, momentum=settings["momentum"], weight_decay=weight_decay)
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[settings["kind"]]
    return kind(parameters, lr=lr, betas=tuple(settings["betas"]), eps=settings["eps"], weight_decay=weight_decay)


def clip_gradients(network: nn.Module, clip: dict | None) -> None:
    """Clips in place; nothing where `clip` is None."""
    if clip is None:
        return
    if clip["kind"] == "norm":
        nn.utils.clip_grad_norm_(network.parameters(), clip["max"])
    else:
        nn.utils.clip_grad_value_(network.parameters(), clip["max"])


def gradient_norm(network: nn.Module) -> Tensor:
    """Euclidean, over all parameters together."""
    return nn.utils.get_total_norm([p.grad for p in network.parameters() if p.grad is not None])


@dataclass
class Result:
    """Everything that a case may expect; shapes as in docs/verification.md."""

    logits: Tensor
    loss: Tensor
    grad_norm: Tensor
    gradients: dict[str, Tensor] = field(default_factory=dict)
    parameters: dict[str, Tensor] = field(default_factory=dict)
    h_n: Tensor | None = None
    c_n: Tensor | None = None


def train(case: dict, weights: dict[str, Tensor], inputs: dict[str, Tensor], dtype: torch.dtype) -> Result:
    """Trains a case's network for its steps and keeps what is compared."""
    network = Network(case["model"]).to(dtype)
    network.load_state_dict({name: value.to(dtype) for name, value in weights.items()})
    optimizer = make_optimizer(network, case["optimizer"])
    x, y = inputs["x"], inputs["y"]
    if x.is_floating_point():
        x = x.to(dtype)
    given = network.zero_state(x.shape[2])
    if "c0" in inputs:
        given = (inputs["h0"].to(dtype), inputs["c0"].to(dtype))
    elif "h0" in inputs:
        given = inputs["h0"].to(dtype)

    losses, norms = [], []
    result: Result | None = None
    state = given
    for step in range(case["steps"]):
        optimizer.zero_grad()
        logits, last = network(x[step], detached(state) if case["carryState"] else given, case["bptt"])
        loss = F.cross_entropy(logits.flatten(0, -2), y[step].flatten())
        loss.backward()
        losses.append(loss.detach())
        norms.append(gradient_norm(network))
        if result is None:
            result = Result(logits.detach().clone(), torch.empty(0), torch.empty(0))
            result.gradients = {name: p.grad.clone() for name, p in network.named_parameters()}
        clip_gradients(network, case["clip"])
        optimizer.step()
        state = last
    assert result is not None
    result.loss, result.grad_norm = torch.stack(losses), torch.stack(norms)
    result.parameters = {name: value.clone() for name, value in network.state_dict().items()}
    last = detached(state)
    result.h_n, result.c_n = last if isinstance(last, tuple) else (last, None)
    return result
