"""Random graphs of shared layers and sums, the same ones in Keras and in Hornbeam."""

import random


def random_graph(seed, Input, Model, Dense):
    """A model of one to three inputs and outputs, and up to a dozen calls, whose layers have telling names."""
    chance = random.Random(seed)
    inputs = [Input((4,), name=f"input{number}") for number in range(chance.randint(1, 3))]
    tensors, dense = list(inputs), []
    for number in range(chance.randint(2, 12)):
        kind = chance.random()
        if kind < 0.35 or not dense:
            dense.append(Dense(4, name=f"dense{number}"))
            tensors.append(dense[-1](chance.choice(tensors)))
        elif kind < 0.6:
            tensors.append(chance.choice(dense)(chance.choice(tensors)))
        else:
            tensors.append(chance.choice(tensors) + chance.choice(tensors))
    outputs = [chance.choice(tensors[len(inputs) :]) for _ in range(chance.randint(1, 3))]
    different = {id(tensor) for tensor in outputs}
    return Model(inputs, outputs if len(different) == len(outputs) else outputs[:1])
