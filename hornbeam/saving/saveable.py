"""Saveable: what a model can do about files and paper. ``Model`` derives from it."""

from __future__ import annotations

from typing import Any

from hornbeam.graph.graph import Graph
from hornbeam.graph.placeholder import placeholders
from hornbeam.graph.summary import print_summary
from hornbeam.saving.descriptions import model_json
from hornbeam.saving.loading import save_model
from hornbeam.saving.weights import load_weights, save_weights
from hornbeam.training.trainer import Trainer


class Saveable(Trainer):
    """A model's methods that print, write and read it; the work is done by functions of this room and of graph/."""

    @property
    def graph(self) -> Graph | None:
        """The network as a graph; None while it is not known, or when a class of the user's computes in ``call``."""
        return self._graph

    @property
    def is_sequential(self) -> bool:
        """Whether it was made from a list of layers, and can be made so again."""
        return False

    def get_build_config(self) -> dict[str, Any] | None:
        """The shapes and types of the inputs on which the weights were made; None before."""
        return self.__dict__.get("_built_from")

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Makes the weights for the inputs that ``get_build_config`` described."""
        if not self.built:
            self._build_from(placeholders(config["input_shape"], config.get("dtype")))

    def to_json(self, **kwargs: Any) -> str:
        """The architecture and the settings of ``compile`` as JSON, without weights; words go to ``json.dumps``."""
        return model_json(self, **kwargs)

    def summary(
        self,
        line_length: int | None = None,
        positions: list[float] | None = None,
        print_fn: Any = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Any = None,
    ) -> None:
        """Prints the layers, their outputs' shapes and the numbers of their weights.

        Args:
            line_length: characters in a line; more are taken where something would be cut.
            positions: where the columns end, as fractions of the line or in characters.
            print_fn: called with each line; ``print`` when None.
            expand_nested: whether the layers of inner models are listed too.
            show_trainable: whether a column says which layers are trained.
            layer_range: names of the first and the last layer to list; patterns as in ``re`` are understood.
        """
        print_summary(self, line_length, positions, print_fn, expand_nested, show_trainable, layer_range)

    # -- files ---------------------------------------------------------------------------------------

    def save(
        self, filepath: Any, overwrite: bool = True, zipped: bool | None = None, include_optimizer: bool = True
    ) -> None:
        """Saves architecture, weights, the settings of ``compile`` and the optimizer's state in one file.

        Args:
            filepath: a name that ends in ``.keras``, or in ``.h5`` or ``.hdf5`` for the older format, which Keras 2
                reads too.
            overwrite: whether a file of that name may be replaced.
            zipped: accepted for Keras's sake; the file is always one archive.
            include_optimizer: whether the optimizer's state is saved, without which training starts anew.

        Raises:
            FileError: the file cannot be written; one that was there before is whole.
        """
        save_model(self, filepath, overwrite, zipped, include_optimizer)

    def save_weights(self, filepath: Any, overwrite: bool = True) -> None:
        """Saves the weights alone.

        Args:
            filepath: a name that ends in ``.weights.h5``; in ``.h5`` or ``.hdf5`` for the format of Keras 2; or in
                ``.npz`` for NumPy's.
            overwrite: whether a file of that name may be replaced.

        Raises:
            FileError: the file cannot be written; one that was there before is whole.
        """
        self._require_weights("save_weights")
        save_weights(self, filepath, overwrite)

    def load_weights(
        self, filepath: Any, skip_mismatch: bool = False, by_name: bool = False, max_bytes: int | None = None
    ) -> None:
        """Sets the weights from a file of a model of the same architecture.

        The file's content says what it is: weights or a whole model of Keras 1, 2 or 3, or an ``.npz`` file. In files
        of Keras 1 and 2 layers are found by their order.

        Args:
            filepath: the file.
            skip_mismatch: whether layers whose weights do not fit keep theirs, with a warning, instead of an error.
            by_name: whether layers are found by their names, and those that the file lacks keep their weights.
            max_bytes: the most that the weights may take in memory; what a file of this size can hold when None.

        Raises:
            FileError: the file is damaged or does not fit; every misfit is listed, and no weight is changed.
        """
        self._require_weights("load_weights")
        load_weights(self, filepath, skip_mismatch, by_name, max_bytes)
