"""Old names, as a table: room of today, or an old module -> old name -> what it stands for."""

from __future__ import annotations

from hornbeam.legacy.rows import Changed, Name, Refused

_NO_YAML = Refused("2.15", "YAML can make a program run whatever the file says", "Write model_from_json and to_json.")
_NO_TENSORFLOW = "TensorFlow's optimizers belong to its sessions"

_LOSSES: dict[str, Name | Changed | Refused] = {
    "mse": Name("losses.mean_squared_error"),
    "mae": Name("losses.mean_absolute_error"),
    "mape": Name("losses.mean_absolute_percentage_error"),
    "msle": Name("losses.mean_squared_logarithmic_error"),
    "MSE": Name("losses.mean_squared_error"),
    "MAE": Name("losses.mean_absolute_error"),
    "MAPE": Name("losses.mean_absolute_percentage_error"),
    "MSLE": Name("losses.mean_squared_logarithmic_error"),
    "kld": Name("losses.kl_divergence"),
    "KLD": Name("losses.kl_divergence"),
    "kullback_leibler_divergence": Name("losses.kl_divergence"),
    "logcosh": Name("losses.log_cosh"),
    "cosine": Name("legacy.functions.cosine_proximity", "2.2", "losses.CosineSimilarity()"),
    "cosine_proximity": Name("legacy.functions.cosine_proximity", "2.2", "losses.CosineSimilarity()"),
}

NAMES: dict[str, dict[str, Name | Changed | Refused]] = {
    "layers": {
        "Input": Name("graph.tensor.Input", None, "Input"),
        "InputLayer": Name("graph.tensor.InputLayer", None, "layers.InputLayer"),
        "CuDNNLSTM": Name("layers.LSTM", "2.2", note="an LSTM for NVIDIA cards", key="layers.CuDNNLSTM"),
        "CuDNNGRU": Name("layers.GRU", "2.2", note="a GRU for NVIDIA cards", key="layers.CuDNNGRU"),
        "Merge": Name("legacy.merging.Merge", "1", "layers.Concatenate, Add, Multiply, Average, Maximum or Dot"),
        "merge": Name("legacy.merging.merge", "1", "layers.concatenate, add, multiply, average, maximum or dot"),
        "LocallyConnected1D": Name("legacy.local.LocallyConnected1D"),
        "LocallyConnected2D": Name("legacy.local.LocallyConnected2D"),
        "ThresholdedReLU": Name("legacy.layers.ThresholdedReLU", today="layers.ReLU with threshold"),
        "MaxoutDense": Name("legacy.layers.MaxoutDense", "1"),
        "Highway": Name("legacy.layers.Highway", "1"),
        "ParametricSoftplus": Name("legacy.layers.ParametricSoftplus", "1"),
        "SReLU": Refused("1", "its layer is not in Hornbeam", "Write layers.PReLU()."),
        "AtrousConvolution1D": Name("layers.Conv1D", "1", "layers.Conv1D with dilation_rate"),
        "AtrousConvolution2D": Name("layers.Conv2D", "1", "layers.Conv2D with dilation_rate"),
        "AtrousConv1D": Name("layers.Conv1D", "1", "layers.Conv1D with dilation_rate"),
        "AtrousConv2D": Name("layers.Conv2D", "1", "layers.Conv2D with dilation_rate"),
        "Deconvolution2D": Name("layers.Conv2DTranspose", "2.2", key="layers.Deconvolution2D"),
        "Deconv2D": Name("layers.Conv2DTranspose", "2.2", key="layers.Deconvolution2D"),
        "Deconvolution3D": Name("layers.Conv3DTranspose", "2.2"),
        "AbstractRNNCell": Name("legacy.layers.AbstractRNNCell", today="layers.Layer with state_size"),
        "TimeDistributedDense": Name("layers.Dense", "1"),
        "MaxoutDense1D": Refused("1", "there was no such layer in Keras", "Write MaxoutDense."),
        "BatchNormalizationV1": Name("layers.BatchNormalization"),
        "BatchNormalizationV2": Name("layers.BatchNormalization"),
        "Recurrent": Name("layers.RNN", "2.2"),
        "SyncBatchNormalization": Name("layers.BatchNormalization"),
        "DenseFeatures": Refused("2.15", "feature columns are not in Hornbeam", "Write one Input for each column."),
        "RandomHeight": Refused("2.15", "pictures of a batch have one size", "Write layers.RandomZoom."),
        "RandomWidth": Refused("2.15", "pictures of a batch have one size", "Write layers.RandomZoom."),
    },
    "models": {
        "model_from_yaml": _NO_YAML,
        "model_from_config": Name("saving.descriptions.model_from_config", "2.15", "models.Model.from_config"),
        "load_model": Name("legacy.files.load_model", None, "models.load_model"),
        "save_model": Name("legacy.files.save_model", None, "models.save_model"),
        "Graph": Refused("1", "models with named nodes ended with Keras 0.3", "Write Model(inputs, outputs)."),
    },
    "saving": {
        "load_model": Name("legacy.files.load_model", None, "models.load_model"),
        "save_model": Name("legacy.files.save_model", None, "models.save_model"),
    },
    "constraints": {
        "maxnorm": Name("constraints.MaxNorm", key="constraints.maxnorm"),
        "nonneg": Name("constraints.NonNeg"),
        "unitnorm": Name("constraints.UnitNorm", key="constraints.unitnorm"),
    },
    "initializers": {
        "normal": Name("initializers.RandomNormal", key="initializers.normal"),
        "uniform": Name("initializers.RandomUniform", key="initializers.uniform"),
        "zero": Name("initializers.Zeros"),
        "one": Name("initializers.Ones"),
    },
    "regularizers": {
        "l1l2": Name("regularizers.L1L2", "1", "regularizers.l1_l2", key="regularizers.l1l2"),
        "activity_l1": Name("regularizers.L1", "1", "regularizers.l1"),
        "activity_l2": Name("regularizers.L2", "1", "regularizers.l2"),
        "activity_l1l2": Name("regularizers.L1L2", "1", "regularizers.l1_l2", key="regularizers.l1l2"),
        "WeightRegularizer": Name("regularizers.L1L2", "1", "regularizers.L1L2"),
        "ActivityRegularizer": Name("regularizers.L1L2", "1", "regularizers.L1L2"),
    },
    "optimizers": {
        "get": Name("legacy.optimizers.get", None, "optimizers.get"),
        "sgd": Name("optimizers.SGD"),
        "rmsprop": Name("optimizers.RMSprop"),
        "adagrad": Name("optimizers.Adagrad"),
        "adadelta": Name("optimizers.Adadelta"),
        "adam": Name("optimizers.Adam"),
        "adamax": Name("optimizers.Adamax"),
        "nadam": Name("optimizers.Nadam"),
        "TFOptimizer": Refused("2.2", _NO_TENSORFLOW, "Write optimizers.Adam(0.001), or any optax optimizer."),
    },
    "losses": _LOSSES,
    "metrics": {
        **_LOSSES,
        "precision": Name("legacy.functions.precision", "1", "metrics.Precision()", "the mean of each batch's own"),
        "recall": Name("legacy.functions.recall", "1", "metrics.Recall()", "the mean of each batch's own"),
        "fmeasure": Name("legacy.functions.fmeasure", "1", "metrics.F1Score()", "the mean of each batch's own"),
        "fbeta_score": Name(
            "legacy.functions.fbeta_score", "1", "metrics.FBetaScore()", "the mean of each batch's own"
        ),
        "matthews_correlation": Name(
            "legacy.functions.matthews_correlation", "1", "a metric of your own", "the mean of each batch's own"
        ),
    },
    "activations": {
        "hard_sigmoid": Changed(
            "activations.hard_sigmoid_of_keras_2", "2.15", "clip(x / 5 + 0.5, 0, 1), today with x / 6"
        ),
        "get": Name("legacy.functions.activation_of_era", None, "activations.get", key="activations.get"),
    },
    "callbacks": {
        "ModelCheckpoint": Name(
            "legacy.callbacks.ModelCheckpoint", None, "callbacks.ModelCheckpoint", key="callbacks.ModelCheckpoint"
        ),
        "BaseLogger": Name("legacy.callbacks.BaseLogger", "2.15", "nothing: metrics are averaged anyway"),
    },
    "utils": {
        "multi_gpu_model": Name("legacy.utilities.multi_gpu_model", "2.2", "nothing: one program runs on one device"),
        "OrderedEnqueuer": Name("legacy.enqueuers.OrderedEnqueuer", "2.15", "utils.PyDataset with workers"),
        "GeneratorEnqueuer": Name("legacy.enqueuers.GeneratorEnqueuer", "2.15", "the generator itself"),
        "SequenceEnqueuer": Name("legacy.enqueuers.SequenceEnqueuer", "2.15", "utils.PyDataset"),
        "HDF5Matrix": Name("legacy.utilities.HDF5Matrix", "2.15", "h5py's data sets"),
        "print_summary": Name("legacy.utilities.print_summary", "2.2", "model.summary()"),
        "count_params": Name("legacy.utilities.count_params", "2.15", "model.count_params()"),
        "convert_all_kernels_in_model": Name("legacy.utilities.convert_all_kernels_in_model", "2.2", "nothing"),
        "convert_kernel": Name("legacy.utilities.convert_kernel", "2.2", "kernel[::-1, ::-1]"),
        "to_ordinal": Name("legacy.utilities.to_ordinal", "2.15"),
        "probas_to_classes": Name("legacy.utilities.probas_to_classes", "1", "y.argmax(-1)"),
        "categorical_probas_to_classes": Name("legacy.utilities.probas_to_classes", "1", "y.argmax(-1)"),
        "plot": Name("models.plot_model", "1", "utils.plot_model"),
        "conv_output_length": Name("legacy.utilities.conv_output_length", "2.15", "layer.compute_output_shape"),
        "conv_input_length": Name("legacy.utilities.conv_input_length", "2.15", "arithmetic"),
        "get_file": Name("legacy.utilities.get_file", None, "utils.get_file"),
    },
}

# scikeras's fit gives the estimator, that of Keras's own wrappers of these names the History
NAMES["keras.scikeras.wrappers"] = {
    "KerasClassifier": Name("sklearn.HornbeamClassifier", "3"),
    "KerasRegressor": Name("sklearn.HornbeamRegressor", "3"),
}

NAMES["keras"] = {"version": Name("legacy.utilities.version", None, "version")}

NAMES["keras.mixed_precision.experimental"] = {
    "set_policy": Name("mixed_precision.set_global_policy"),
    "Policy": Name("mixed_precision.Policy", None, key="mixed_precision.Policy"),
    "LossScaleOptimizer": Name("optimizers.LossScaleOptimizer", None),
}

# K, as far as it has no meaning here
NAMES["legacy.backend"] = {
    "rnn": Refused("2.15", "a loop over steps is a layer here", "Write layers.RNN(cell), or ops.scan(f, init, xs)."),
    "ctc_decode": Refused(
        "2.15",
        "the search for the best labels is not in Hornbeam",
        "For the greedy answer take y.argmax(-1), drop repeats, then drop the last class.",
    ),
    "ctc_label_dense_to_sparse": Refused("2.15", "there are no sparse labels", "Give K.ctc_batch_cost the labels."),
    "local_conv1d": Refused("2.15", "it is a layer here", "Write layers.LocallyConnected1D(filters, kernel_size)."),
    "local_conv2d": Refused("2.15", "it is a layer here", "Write layers.LocallyConnected2D(filters, kernel_size)."),
    "normalize_batch_in_training": Refused("2.15", "it is a layer here", "Write layers.BatchNormalization()."),
}

# Methods that old code calls, by their successor; ``hornbeam check`` reports them, methods.py brings them back.
METHODS: dict[str, Name | Refused] = {
    "predict_classes": Name("predict_classes", "2.15", "model.predict(x).argmax(-1), or > 0.5 for one output"),
    "predict_proba": Name("predict", "2.15", "predict"),
    "fit_generator": Name("fit", "2.15", "fit", key="models.Model.fit_generator"),
    "evaluate_generator": Name("evaluate", "2.15", "evaluate", key="models.Model.evaluate_generator"),
    "predict_generator": Name("predict", "2.15", "predict", key="models.Model.predict_generator"),
    "to_yaml": _NO_YAML,
    "reset_states": Name("reset_state", None, "reset_state"),
    "get_output_shape_at": Name("get_output_at", "2.15", "get_output_at(index).shape"),
    "get_input_shape_at": Name("get_input_at", "2.15", "get_input_at(index).shape"),
}
