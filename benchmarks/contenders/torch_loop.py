"""PyTorch, eager: tensors in memory, a permuted index per epoch, no DataLoader, no `.item()` inside the epoch.

The setting is the number of threads. Losses take logits, as PyTorch's documentation advises; initial weights and
optimizer constants are Keras's, so that losses can be compared. Adam runs fused: a quarter off a step of small networks
against the default (iris 356 to 270 us, one thread); RMSprop has no fused form and gained nothing from `foreach`.
`index_select` gathers 128 rows of 784 in half the time of `inputs[index]`. A visible GPU holds all of it.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from benchmarks.contenders import networks_torch, protocol
from benchmarks.workloads import Workload

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def prepare(work: Workload, x: np.ndarray, y: np.ndarray, setting: int) -> protocol.Fit:
    torch.set_num_threads(setting)
    torch.manual_seed(0)
    torch.set_float32_matmul_precision("high")  # on a GPU: what XLA does there by default
    torch.backends.cudnn.benchmark = True
    torch.set_default_device(DEVICE)
    inputs = torch.from_numpy(x).to(DEVICE)
    targets = inputs if work.reconstructs else torch.from_numpy(y).to(DEVICE)
    if work.loss == "sparse_categorical_crossentropy":
        targets = targets.long()
    model = network(work) if work.is_dense else networks_torch.build(work)
    optimizer = OPTIMIZERS[work.optimizer](model.parameters())
    loss_function = LOSSES[work.loss]
    metric_function = METRICS[work.metric, work.loss] if work.metric else None

    def fit(epochs: int) -> tuple[float, float | None]:
        for _ in range(epochs):
            loss_sum, metric_sum = torch.zeros(()), torch.zeros(())
            for index in torch.randperm(work.rows).split(work.batch):
                batch = inputs.index_select(0, index)
                target = batch if work.reconstructs else targets.index_select(0, index)
                optimizer.zero_grad(set_to_none=True)
                logits = model(batch)
                loss = loss_function(logits, target)
                loss.backward()
                optimizer.step()
                with torch.no_grad():
                    loss_sum += loss * len(index)
                    if metric_function:
                        metric_sum += metric_function(logits, target)
            totals = loss_sum.item() / work.rows, metric_sum.item() / work.rows
        return totals if metric_function else (totals[0], None)

    return fit


def network(work: Workload) -> nn.Sequential:
    """The workload's layers, the last one's activation left to the loss."""
    parts: list[nn.Module] = []
    features = work.features
    for layer in work.layers:
        dense = nn.Linear(features, layer.units)
        nn.init.xavier_uniform_(dense.weight)
        nn.init.zeros_(dense.bias)
        parts.append(dense)
        if layer.activation == "relu":
            parts.append(nn.ReLU())
        if layer.dropout:
            parts.append(nn.Dropout(layer.dropout))
        features = layer.units
    return nn.Sequential(*parts)


OPTIMIZERS = {
    "adam": lambda values: torch.optim.Adam(values, lr=1e-3, eps=1e-7, fused=True),
    "rmsprop": lambda values: torch.optim.RMSprop(values, lr=1e-3, alpha=0.9, eps=1e-7),
}
LOSSES = {
    "categorical_crossentropy": functional.cross_entropy,
    "sparse_categorical_crossentropy": lambda logits, y: functional.cross_entropy(logits.flatten(0, -2), y.flatten()),
    "binary_crossentropy": functional.binary_cross_entropy_with_logits,
    "mae": functional.l1_loss,
}
METRICS = {  # summed over the batch
    ("accuracy", "categorical_crossentropy"): lambda logits, y: (logits.argmax(1) == y.argmax(1)).sum(),
    ("accuracy", "sparse_categorical_crossentropy"): lambda logits, y: (
        (logits.argmax(-1) == y).float().flatten(1).mean(1).sum() if y.ndim > 1 else (logits.argmax(-1) == y).sum()
    ),
    ("accuracy", "binary_crossentropy"): lambda logits, y: ((logits > 0) == (y > 0.5)).sum(),
    ("mean_absolute_error", "categorical_crossentropy"): lambda logits, y: (logits.softmax(1) - y).abs().mean(1).sum(),
    ("mae", "mae"): lambda logits, y: (logits - y).abs().mean(1).sum(),
}

if __name__ == "__main__":
    protocol.run(prepare, ("torch",))
