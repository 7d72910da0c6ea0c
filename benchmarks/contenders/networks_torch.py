"""The deeper networks as PyTorch modules: the usual ones, channels first, logits out."""

from __future__ import annotations

import torch
from torch import nn

from benchmarks.workloads import Workload


def build(work: Workload) -> nn.Module:
    """The workload's network, the last activation left to the loss."""
    return _BUILDERS[work.network](work)


class _Images(nn.Module):
    """From (batch, height, width, channels), as the data lie, to what convolutions take."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.movedim(-1, 1)


def _cifar(work: Workload) -> nn.Module:
    return nn.Sequential(
        _Images(),
        nn.Conv2d(3, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3), nn.ReLU(),
        nn.Flatten(), nn.Linear(1024, 64), nn.ReLU(), nn.Linear(64, 10),
    )  # fmt: skip


def _mnistcnn(work: Workload) -> nn.Module:
    return nn.Sequential(
        _Images(),
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.5), nn.Linear(1600, 10),
    )  # fmt: skip


class _TextCNN(nn.Module):
    def __init__(self, work: Workload):
        super().__init__()
        self.convolution = nn.Conv1d(work.shape[1], 250, 3)
        self.head = nn.Sequential(nn.Linear(250, 25), nn.ReLU(), nn.Linear(25, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.convolution(x.movedim(-1, 1)).amax(-1))


def _spam(work: Workload) -> nn.Module:
    return nn.Sequential(
        nn.Embedding(work.vocabulary, 32),
        nn.Flatten(),
        nn.Linear(32 * work.shape[0], 128),
        nn.ReLU(),
        nn.Linear(128, 1),
    )


class _Recurrent(nn.Module):
    def __init__(self, work: Workload):
        super().__init__()
        kind = nn.GRU if work.network == "gru" else nn.LSTM
        both = work.network == "bilstm"
        self.vectors = nn.Embedding(work.vocabulary, 64)
        self.layer = kind(64, 64, batch_first=True, bidirectional=both)
        self.head = nn.Linear(128 if both else 64, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        _, state = self.layer(self.vectors(x))
        last = state[0] if isinstance(state, tuple) else state  # (directions, batch, units)
        return self.head(last.movedim(0, 1).flatten(1))


class _Seq2Seq(nn.Module):
    def __init__(self, work: Workload):
        super().__init__()
        self.length = work.shape[0] // 2
        self.vectors = nn.Embedding(work.vocabulary, 128)
        self.encoder = nn.LSTM(128, 256, batch_first=True)
        self.decoder = nn.LSTM(128, 256, batch_first=True)
        self.head = nn.Linear(256, work.vocabulary)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        vectors = self.vectors(x)
        _, state = self.encoder(vectors[:, : self.length])
        decoded, _ = self.decoder(vectors[:, self.length :], state)
        return self.head(decoded)


class _Encoder(nn.Module):
    def __init__(self, work: Workload):
        super().__init__()
        blocks, heads, width = work.blocks
        self.vectors = nn.Embedding(work.vocabulary, width)
        block = nn.TransformerEncoderLayer(width, heads, 4 * width, dropout=0.0, batch_first=True)
        self.blocks = nn.TransformerEncoder(block, blocks, enable_nested_tensor=False)
        self.head = nn.Linear(width, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.blocks(self.vectors(x)).mean(1))


_BUILDERS = {
    "cifar": _cifar,
    "mnistcnn": _mnistcnn,
    "textcnn": _TextCNN,
    "spam": _spam,
    "lstm": _Recurrent,
    "gru": _Recurrent,
    "bilstm": _Recurrent,
    "seq2seq": _Seq2Seq,
    "encoder": _Encoder,
}
