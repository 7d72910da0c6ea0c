"""Old keywords and positions of arguments, as tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hornbeam.core.errors import ArgumentError
from hornbeam.legacy.rows import Order, Word, first_bias, frequency, layout, pair


def _layers(*names: str) -> tuple[str, ...]:
    return tuple(f"layers.{name}" for name in names)


_CONV1 = _layers("Conv1D", "SeparableConv1D") + ("legacy.local.LocallyConnected1D",)
_CONV2 = _layers("Conv2D", "Conv2DTranspose", "Deconvolution2D", "SeparableConv2D", "DepthwiseConv2D") + (
    "legacy.local.LocallyConnected2D",
)
_CONV3 = _layers("Conv3D", "Conv3DTranspose")
_CONV = _CONV1 + _CONV2 + _CONV3
_RNN = _layers(
    "LSTM", "GRU", "SimpleRNN", "CuDNNLSTM", "CuDNNGRU", "LSTMCell", "GRUCell", "SimpleRNNCell", "ConvLSTM2D"
)
_DENSE = ("layers.Dense", "legacy.layers.MaxoutDense", "legacy.layers.Highway")
_WEIGHTED = _DENSE + _CONV + _RNN
_POOL1 = _layers("MaxPooling1D", "AveragePooling1D")
_POOL = _POOL1 + _layers("MaxPooling2D", "AveragePooling2D", "MaxPooling3D", "AveragePooling3D")
_FORMATTED = _CONV + _POOL + _layers(
    *("ZeroPadding2D", "ZeroPadding3D", "Cropping2D", "Cropping3D", "UpSampling2D", "UpSampling3D"),
    *("GlobalMaxPooling2D", "GlobalAveragePooling2D", "SpatialDropout2D", "SpatialDropout3D", "ConvLSTM2D"),
)  # fmt: skip
WITH_DECAY = ("SGD", "RMSprop", "Adagrad", "Adadelta", "Adam", "Adamax", "Nadam", "Ftrl")
_OPTIMIZERS = tuple(f"optimizers.{name}" for name in WITH_DECAY)
_FIT = ("models.Model.fit", "models.Model.fit_generator")
_RUN = (
    *_FIT,
    *(f"models.Model.{name}" for name in ("evaluate", "predict", "evaluate_generator", "predict_generator")),
)
_GENERATORS = tuple(f"models.Model.{name}_generator" for name in ("fit", "evaluate", "predict"))
_SAVES = ("models.Model.save", "models.Model.save_weights", "legacy.files.save_model")
OF_SAMPLES = ("samples_per_epoch", "nb_val_samples", "val_samples")  # only running the script tells how many batches
_TEXT = ("text.Tokenizer",)


def _start(init: Any) -> Any:
    """An initializer of today from a name, or from a function of Keras 1, which had no dtype."""
    if isinstance(init, (str, dict)) or init is None or hasattr(init, "get_config") or isinstance(init, type):
        return init
    return lambda shape, dtype=None: init(shape)


def _given_weights(weights: Any) -> dict[str, Any]:
    """Initializers that give the arrays of ``weights=[kernel, bias]``."""
    if weights is None:
        return {}

    def giving(array: Any) -> Any:
        return lambda shape, dtype=None: array

    names = ("kernel_initializer", "bias_initializer")
    return {name: giving(array) for name, array in zip(names, weights, strict=False)}


def _given_recurrent(weights: Any) -> dict[str, Any]:
    if weights is None:
        return {}
    raise ArgumentError("weights", "no weights=", "a list", "Write layer.set_weights(weights) once it is built.")


def _scale_is_a_word(args: tuple) -> bool:
    return len(args) == 2 and isinstance(args[1], str)


def _finds_its_scale(loss_scale: Any) -> dict[str, Any]:
    if loss_scale != "dynamic":
        raise ArgumentError(
            "LossScaleOptimizer, loss_scale",
            "'dynamic'",
            repr(loss_scale),
            "For a fixed scale write Adam(loss_scale_factor=1024.0), or whatever the optimizer is.",
        )
    return {}


def _no_mode(mode: Any) -> dict[str, Any]:
    if mode:
        raise ArgumentError(
            "BatchNormalization, mode",
            "0",
            mode,
            "Modes 1 and 2 are gone: write axis=-1, and a layer of its own for each input.",
        )
    return {}


def _no_targets(target_tensors: Any) -> dict[str, Any]:
    if target_tensors is not None:
        raise ArgumentError("compile, target_tensors", "None", "tensors", "Give the targets to fit.")
    return {}


def _passed(value: Any) -> dict[str, Any]:
    return {}


_ANY = "Hornbeam chooses this itself."
_THREADS = "fit reads ahead by itself."

WORDS: tuple[Word, ...] = (
    # Keras 1: every layer with weights
    Word(("layers.Dense", *_RNN, *_DENSE[1:]), ("output_dim",), "units", "1"),
    Word(("layers.Dense", *_RNN, *_CONV, *_DENSE[1:]), ("init",), "kernel_initializer", "1", _start),
    Word(("layers.Embedding",), ("init",), "embeddings_initializer", "1", _start),
    Word(_WEIGHTED, ("W_regularizer",), "kernel_regularizer", "1"),
    Word(_WEIGHTED, ("b_regularizer",), "bias_regularizer", "1"),
    Word(_WEIGHTED, ("W_constraint",), "kernel_constraint", "1"),
    Word(_WEIGHTED, ("b_constraint",), "bias_constraint", "1"),
    Word(_WEIGHTED, ("bias",), "use_bias", "1"),
    Word(("layers.Embedding",), ("W_regularizer",), "embeddings_regularizer", "1"),
    Word(("layers.Embedding",), ("W_constraint",), "embeddings_constraint", "1"),
    Word(("layers.Dense", *_CONV), ("weights",), "", "2.2", _given_weights, "layer.set_weights(weights)"),
    Word(_RNN, ("weights",), "", "2.2", _given_recurrent, "layer.set_weights(weights)"),
    # half precision, as TensorFlow 2.1 to 2.3 had it
    Word(("optimizers.LossScaleOptimizer",), ("loss_scale",), "", "2.15", _finds_its_scale, "no loss_scale"),
    Word(("mixed_precision.Policy",), ("loss_scale",), None, "2.15", note="Write LossScaleOptimizer(optimizer)."),
    # recurrent
    Word(_RNN, ("inner_init",), "recurrent_initializer", "1", _start),
    Word(_RNN, ("inner_activation",), "recurrent_activation", "1"),
    Word(_RNN, ("forget_bias_init",), "unit_forget_bias", "1", first_bias, shown="True"),
    Word(_RNN, ("U_regularizer",), "recurrent_regularizer", "1"),
    Word(_RNN, ("dropout_W",), "dropout", "1"),
    Word(_RNN, ("dropout_U",), "recurrent_dropout", "1"),
    Word(_RNN, ("consume_less",), None, "1", note=_ANY),
    Word(_RNN, ("implementation",), None, "2.15", note=_ANY),
    Word(_RNN, ("time_major",), None, "2.15", note="Time is axis 1."),
    # convolution and pooling
    Word(_CONV, ("nb_filter",), "filters", "1"),
    Word(_CONV1, ("filter_length",), "kernel_size", "1"),
    Word(_CONV1, ("subsample_length",), "strides", "1"),
    Word(_CONV2 + ("layers.ConvLSTM2D",), ("nb_row", "nb_col"), "kernel_size", "1", pair, shown="({0}, {1})"),
    Word(_CONV3, ("kernel_dim1", "kernel_dim2", "kernel_dim3"), "kernel_size", "1", pair, shown="({0}, {1}, {2})"),
    Word(_CONV + ("layers.ConvLSTM2D",), ("border_mode",), "padding", "1"),
    Word(_CONV + ("layers.ConvLSTM2D",), ("subsample",), "strides", "1"),
    Word(_CONV, ("atrous_rate",), "dilation_rate", "1"),
    Word(("layers.Deconvolution2D",), ("output_shape",), None, "1", note="The shape follows from the other words."),
    Word(_FORMATTED, ("dim_ordering",), "data_format", "1", layout, shown="'channels_last'"),
    Word(_POOL1, ("pool_length",), "pool_size", "1"),
    Word(_POOL1, ("stride",), "strides", "1"),
    Word(_POOL, ("border_mode",), "padding", "1"),
    Word(("layers.UpSampling1D",), ("length",), "size", "1"),
    # others
    Word(_layers("Dropout", "GaussianDropout", "SpatialDropout1D", "SpatialDropout2D"), ("p",), "rate", "1"),
    Word(("layers.GaussianNoise",), ("sigma",), "stddev", "1"),
    Word(("layers.BatchNormalization",), ("mode",), "", "1", _no_mode, "There is one way only."),
    Word(("layers.BatchNormalization",), ("beta_init",), "beta_initializer", "1", _start),
    Word(("layers.BatchNormalization",), ("gamma_init",), "gamma_initializer", "1", _start),
    Word(("layers.BatchNormalization",), ("fused", "virtual_batch_size", "adjustment"), None, "2.15", note=_ANY),
    Word(("layers.Embedding",), ("dropout",), None, "1", note="Write layers.SpatialDropout1D after it."),
    Word(("layers.LeakyReLU",), ("alpha",), "negative_slope", "2.15"),
    Word(("layers.PReLU",), ("init",), "alpha_initializer", "1", _start),
    # models
    Word(("models.Model",), ("input",), "inputs", "1"),
    Word(("models.Model",), ("output",), "outputs", "1"),
    Word(("models.Model.compile",), ("sample_weight_mode",), "", "2.15", _passed, "Any shape fits."),
    Word(("models.Model.compile",), ("target_tensors",), "", "2.15", _no_targets, "Give the targets to fit."),
    Word(("models.Model.compile",), ("class_mode",), None, "1", note="metrics say what is reported."),
    Word(("models.Model.compile",), ("experimental_run_tf_function",), None, "2.15", note=_ANY),
    Word(_FIT, ("nb_epoch",), "epochs", "1"),
    Word(("models.Model.fit",), ("show_accuracy",), None, "1", note="Write metrics=['accuracy'] in compile."),
    Word(_RUN, ("workers",), None, "2.15", note=_THREADS),
    Word(_RUN, ("nb_worker",), None, "1", note=_THREADS),
    Word(_RUN, ("use_multiprocessing",), None, "2.15", note=_THREADS),
    Word(_RUN, ("pickle_safe",), None, "1", note=_THREADS),
    Word(_RUN, ("max_queue_size",), None, "2.15", note=_THREADS),
    Word(_RUN, ("max_q_size",), None, "1", note=_THREADS),
    Word(_GENERATORS, ("generator",), "x", "2.15"),
    Word(_RUN, ("samples_per_epoch",), None, "1", note="steps_per_epoch, in batches"),
    Word(_RUN, ("val_samples",), None, "1", note="steps, in batches"),
    Word(_FIT, ("nb_val_samples",), None, "1", note="validation_steps, in batches"),
    *(Word(_SAVES, (word,), None, "2.15", note="The ending of the name says the format.")
      for word in ("save_format", "signatures", "options")),
    # optimizers
    Word(_OPTIMIZERS, ("lr",), "learning_rate", "2.15"),
    Word(
        _OPTIMIZERS,
        ("decay",),
        None,
        "2.15",
        note="Write learning_rate=optimizers.schedules.InverseTimeDecay(lr, 1, decay).",
    ),
    Word(("optimizers.Nadam",), ("schedule_decay",), "schedule_decay", "2.2"),
    # callbacks
    Word(("callbacks.ModelCheckpoint",), ("period",), "save_freq", "2.15", frequency, shown="'epoch'"),
    Word(("callbacks.TensorBoard",), ("write_grads",), None, "2.2", note="Gradients are not written."),
    Word(("callbacks.TensorBoard",), ("batch_size",), None, "2.2", note=_ANY),
    Word(("callbacks.TensorBoard",), ("embeddings_layer_names",), None, "2.2", note=_ANY),
    Word(("callbacks.TensorBoard",), ("embeddings_data",), None, "2.2", note=_ANY),
    Word(("callbacks.ReduceLROnPlateau",), ("epsilon",), "min_delta", "2.2"),
    # the rest
    Word(_TEXT, ("nb_words",), "num_words", "1"),
    Word(("datasets.imdb.load_data", "datasets.reuters.load_data"), ("nb_words",), "num_words", "1"),
    Word(("utils.to_categorical",), ("nb_classes",), "num_classes", "1"),
    Word(("initializers.normal", "initializers.uniform"), ("scale",), None, "1", note="Write stddev, minval, maxval."),
    Word(("constraints.maxnorm",), ("m",), "max_value", "1"),
    Word(("constraints.MaxNorm",), ("m",), "max_value", "1"),
    Word(("legacy.layers.ThresholdedReLU",), ("threshold",), "theta", "1"),
    Word(("regularizers.L1",), ("l",), "l1", "2.15"),
    Word(("regularizers.L2",), ("l",), "l2", "2.15"),
    Word(("models.plot_model",), ("to_file_name",), "to_file", "1"),
)  # fmt: skip


def _numbers_after_the_first(args: tuple) -> bool:
    """``(32, 3, 3)``: a height and a width in Keras 1; ``(32, (3, 3))`` is of Keras 2."""
    return len(args) > 2 and all(isinstance(arg, int) for arg in args[1:3])


def _metrics_come_third(args: tuple) -> bool:
    """``compile('adam', 'mse', ['accuracy'])``: weights of losses, which stand there today, are no names."""
    return len(args) > 2 and isinstance(args[2], (list, tuple)) and any(isinstance(one, str) for one in args[2])


_COMPILE = ("optimizer", "loss", "metrics", "loss_weights")
_GENERATOR = ("callbacks", "validation_data")

ORDERS: tuple[Order, ...] = (
    Order(
        ("layers.Dense", "legacy.layers.MaxoutDense"),
        ("output_dim", "init", "activation", "weights", "W_regularizer", "b_regularizer", "activity_regularizer"),
        "1",
    ),
    Order(
        ("layers.Conv2D", "layers.SeparableConv2D", "legacy.local.LocallyConnected2D"),
        ("nb_filter", "nb_row", "nb_col", "init", "activation", "weights", "border_mode", "subsample", "dim_ordering"),
        "1",
        _numbers_after_the_first,
    ),
    Order(
        ("layers.Deconvolution2D",),
        ("nb_filter", "nb_row", "nb_col", "output_shape", "init", "activation", "weights", "border_mode", "subsample"),
        "1",
        _numbers_after_the_first,
    ),
    Order(
        ("layers.Conv1D", "legacy.local.LocallyConnected1D"),
        ("nb_filter", "filter_length", "init", "activation", "weights", "border_mode", "subsample_length"),
        "1",
    ),
    Order(
        ("layers.Conv3D",),
        ("nb_filter", "kernel_dim1", "kernel_dim2", "kernel_dim3", "init", "activation", "weights", "border_mode"),
        "1",
        _numbers_after_the_first,
    ),
    Order(
        ("layers.LSTM",),
        ("output_dim", "init", "inner_init", "forget_bias_init", "activation", "inner_activation"),
        "1",
    ),
    Order(("layers.GRU",), ("output_dim", "init", "inner_init", "activation", "inner_activation"), "1"),
    Order(("layers.SimpleRNN",), ("output_dim", "init", "inner_init", "activation"), "1"),
    Order(
        ("layers.Embedding",),
        ("input_dim", "output_dim", "init", "input_length", "W_regularizer", "activity_regularizer", "W_constraint"),
        "1",
    ),
    Order(("layers.BatchNormalization",), ("epsilon", "mode", "axis", "momentum", "weights"), "1"),
    Order(
        ("layers.ZeroPadding1D", "layers.ZeroPadding2D"), ("padding", "dim_ordering"), "1", lambda args: len(args) > 1
    ),
    Order(("models.Model.compile",), _COMPILE, "2.15", lambda args: len(args) > 2),
    Order(("models.Model.compile",), _COMPILE, "3", _metrics_come_third),
    # Keras 1 counts samples, with other words in the same places
    Order(
        ("models.Model.fit_generator",),
        ("generator", "samples_per_epoch", "nb_epoch", "verbose", *_GENERATOR, "nb_val_samples", "class_weight"),
        "1",
    ),
    Order(
        ("models.Model.fit_generator",),
        ("generator", "steps_per_epoch", "epochs", "verbose", *_GENERATOR, "validation_steps", "validation_freq",
         "class_weight", "max_queue_size", "workers", "use_multiprocessing", "shuffle", "initial_epoch"),
        "3",
    ),
    Order(("models.Model.evaluate_generator", "models.Model.predict_generator"), ("generator", "val_samples"), "1"),
    Order(
        ("models.Model.evaluate_generator", "models.Model.predict_generator"),
        ("generator", "steps", "callbacks", "max_queue_size", "workers", "use_multiprocessing", "verbose"),
        "3",
    ),
    Order(("optimizers.LossScaleOptimizer",), ("inner_optimizer", "loss_scale"), "2.15", _scale_is_a_word),
    Order(("optimizers.SGD",), ("lr", "momentum", "decay", "nesterov"), "2.2"),
    Order(("optimizers.RMSprop", "optimizers.Adadelta"), ("lr", "rho", "epsilon", "decay"), "2.2"),
    Order(("optimizers.Adagrad",), ("lr", "epsilon", "decay"), "2.2"),
    Order(("optimizers.Adam",), ("lr", "beta_1", "beta_2", "epsilon", "decay", "amsgrad"), "2.2"),
    Order(("optimizers.Adamax",), ("lr", "beta_1", "beta_2", "epsilon", "decay"), "2.2"),
    Order(("optimizers.Nadam",), ("lr", "beta_1", "beta_2", "epsilon", "schedule_decay"), "2.2"),
)  # fmt: skip


def words_of(key: str) -> list[Word]:
    """The old keywords of a callable."""
    return [row for row in WORDS if key in row.callables]


def orders_of(key: str) -> list[Order]:
    """The old orders of a callable's positional arguments, the oldest first."""
    return [row for row in ORDERS if key in row.callables]


def known_callables() -> Iterable[str]:
    """Every callable that the tables name."""
    rows: list[Word | Order] = [*WORDS, *ORDERS]
    return dict.fromkeys(key for row in rows for key in row.callables)
