"""The optimizers under the name that Keras 2.11 to 2.15 gave to their older selves; they are the same ones."""

from hornbeam.optimizers.adagrad import Adadelta, Adagrad
from hornbeam.optimizers.adam import Adam, Adamax, Nadam
from hornbeam.optimizers.ftrl import Ftrl
from hornbeam.optimizers.optimizer import Optimizer
from hornbeam.optimizers.rmsprop import RMSprop
from hornbeam.optimizers.sgd import SGD

__all__ = ["SGD", "Adadelta", "Adagrad", "Adam", "Adamax", "Ftrl", "Nadam", "Optimizer", "RMSprop"]
