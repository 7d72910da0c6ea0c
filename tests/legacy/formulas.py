"""What Keras 2.2's optimizers computed, in NumPy: one weight that begins at 1, three gradients."""

import numpy as np

_GRADIENTS = (0.3, -0.1, 0.2)


def _rmsprop(lr, rho, epsilon):
    w, a, values = 1.0, 0.0, []
    for g in _GRADIENTS:
        a = rho * a + (1 - rho) * g**2
        w -= lr * g / (np.sqrt(a) + epsilon)
        values.append(w)
    return values


def _adagrad(lr, epsilon):
    w, a, values = 1.0, 0.0, []
    for g in _GRADIENTS:
        a += g**2
        w -= lr * g / (np.sqrt(a) + epsilon)
        values.append(w)
    return values


def _nadam(lr, schedule_decay, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    w, m, v, product, values = 1.0, 0.0, 0.0, 1.0, []
    for t, g in enumerate(_GRADIENTS, 1):
        now = beta_1 * (1 - 0.5 * 0.96 ** (t * schedule_decay))
        later = beta_1 * (1 - 0.5 * 0.96 ** ((t + 1) * schedule_decay))
        product *= now
        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g**2
        ahead = (1 - now) * g / (1 - product) + later * m / (1 - product * later)
        w -= lr * ahead / (np.sqrt(v / (1 - beta_2**t)) + epsilon)
        values.append(w)
    return values
