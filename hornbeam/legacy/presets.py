"""``keras_hub.models`` and ``keras_nlp.models``: their classes open folders as ``hornbeam.from_pretrained`` does."""

from __future__ import annotations

import functools
from typing import Any

from hornbeam.core.errors import ArgumentError
from hornbeam.zoo import PretrainedModel, from_pretrained
from hornbeam.zoo.families import FAMILIES

_TASKS = {
    "Backbone": "feature-extraction",
    "TextClassifier": "text-classification",
    "Classifier": "text-classification",
    "MaskedLM": "fill-mask",
    "CausalLM": "text-generation",
}
_MODELS = {
    f"{family}{kind}": task
    for family in ("", *(family.preset for family in FAMILIES))
    for kind, task in _TASKS.items()
    if family or kind != "Classifier"
}
_FOR_TEXTS = tuple(
    f"{family.preset}{kind}"
    for family in FAMILIES
    for kind in ("Tokenizer", "Preprocessor", *(f"{name}Preprocessor" for name in _TASKS))
)


class Preset:
    """A class of ``keras_hub.models``: its ``from_preset`` opens a folder.

    Args:
        name: as it is called there.

    Example:
        >>> Preset("BertBackbone")
        <keras_hub.models.BertBackbone>
    """

    def __init__(self, name: str):
        self.__name__ = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Refused: networks come from folders."""
        raise ArgumentError(
            f"keras_hub.models.{self.__name__}",
            "from_preset with a folder",
            "a network to be made from its sizes",
            "Write hornbeam.from_pretrained(folder), or build it with layers.TransformerEncoder.",
        )

    def from_preset(
        self, preset: Any, load_weights: bool = True, num_classes: int | None = None, dtype: Any = None,
        preprocessor: Any = None,
    ) -> PretrainedModel:  # fmt: skip
        """The model of a folder; texts become its arrays by ``model.tokenizer(texts)``.

        Args:
            preset: a folder of KerasHub or of transformers, or a name that ``hornbeam.from_pretrained`` takes.
            load_weights: True.
            num_classes: of a classifier; as many as the folder has.
            dtype: number type or policy of the layers.
            preprocessor: None.

        Raises:
            ArgumentError: the folder has another number of classes, or the call asks for what there is not.
            FileError: as ``hornbeam.from_pretrained``.
        """
        where = f"{self.__name__}.from_preset"
        if self.__name__ in _FOR_TEXTS:
            fix = "Write hornbeam.from_pretrained(folder).tokenizer, and call it with texts."
            raise ArgumentError(where, "a model's class", self.__name__, fix)
        if not load_weights:
            fix = "Leave it out, or build a network with layers.TransformerEncoder."
            raise ArgumentError(f"{where}, load_weights", "True", load_weights, fix)
        if preprocessor is not None:
            fix = "Leave it out, and give the model model.tokenizer(texts)."
            raise ArgumentError(f"{where}, preprocessor", "None", "one", fix)
        model = from_pretrained(preset, _MODELS[self.__name__], dtype)
        found = model.description.classes
        if num_classes not in (None, found):
            fix = "Take Backbone.from_preset(folder), and put layers.Dense(num_classes) on its pooled_output."
            raise ArgumentError(f"{where}, num_classes", f"{found}, as in the folder", num_classes, fix)
        return model

    def __repr__(self) -> str:
        return f"<keras_hub.models.{self.__name__}>"


@functools.cache
def _preset(name: str) -> Preset:
    return Preset(name)


def __getattr__(name: str) -> Any:
    if name in _MODELS or name in _FOR_TEXTS:
        return _preset(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*_MODELS, *_FOR_TEXTS])
