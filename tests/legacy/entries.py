"""A row for every entry of the list of what old code says: the code, its era, and what must hold afterwards."""

# ruff: noqa: E501  (a row is a line)
from __future__ import annotations

import inspect
from pathlib import Path
from typing import NamedTuple

import formulas


class Row(NamedTuple):
    """An entry.

    Attributes:
        code: what an old script says.
        holds: an expression that must be true afterwards; numpy is ``np``, Hornbeam's modules are ``hb``.
        era: of which Keras it is.
        refused: part of the message, where it is answered with an error.
    """

    code: str
    holds: str = "True"
    era: str = "2.2"
    refused: str = ""


def _imports(module: str, *names: str, era: str = "2.2", where: str = "layers") -> list[Row]:
    return [
        Row(f"from {module} import {name} as it", f"it == getattr(hb.{where}, {name!r})", era) for name in names
    ]  # fmt: skip


_PRESET = str(Path(__file__).parents[1] / "golden" / "pretrained" / "preset_bert")
# three steps of one weight
_STEPS = (
    "from keras.optimizers import RMSprop, Adagrad, Nadam; w = hb.Variable(np.float32([1.0])); o = {call}\n"
    "y = [(o.apply([np.float32([g])], [w]), float(w.numpy()[0]))[1] for g in (0.3, -0.1, 0.2)]\n"
    + inspect.getsource(formulas)
)

ERAS = [
    # 1: decay
    Row("from keras.optimizers import SGD; o = SGD(lr=0.1, decay=0.5)", "[round(float(o._rate_at(n, o.rate())), 6) for n in (0, 1, 2)] == [0.1, 0.066667, 0.05]"),
    Row("from keras.optimizers import SGD; o = SGD(0.1, decay=0.5)", "'decay' not in o.get_config()", "3"),
    Row("from keras.optimizers import Adam; o = Adam(decay=0.0)", "float(o.learning_rate) == np.float32(0.001)"),
    Row("from keras.optimizers import RMSprop; o = RMSprop(decay=0.1)", "np.isclose(float(o._rate_at(10, o.rate())), 0.0005)", "2.15"),
    Row("from keras.optimizers import Adam; o = Adam(0.5, decay=1.0)", "np.isclose(float(o._rate_at(1, o.rate())), 0.25)", "2.15"),
    # 2: three numbers
    Row("from keras.layers import Conv2D; l = Conv2D(4, 3, 3)", "l.kernel_size == (3, 3) and l.strides == (1, 1)", "1"),
    Row("from keras.layers import Conv2D; l = Conv2D(4, 3, 5)", "l.kernel_size == (3, 5)", "1"),
    Row("from keras.layers import Conv2D; l = Conv2D(4, 3, 3)", "l.kernel_size == (3, 3) and l.strides == (3, 3)", "2.2"),
    Row("from keras.layers import Conv2D; l = Conv2D(4, (3, 3), padding='same')", "l.strides == (1, 1)", "1"),
    # 3: optimizers
    Row("from keras.optimizers import Adadelta; o = Adadelta()", "float(o.learning_rate) == 1.0"),
    Row("from keras.optimizers import Adadelta; o = Adadelta()", "np.isclose(float(o.learning_rate), 0.001)", "2.15"),
    Row("from keras.optimizers import Adagrad; o = Adagrad()", "np.isclose(float(o.learning_rate), 0.01) and o.initial_accumulator_value == 0"),
    Row("from keras.optimizers import Adamax; o = Adamax()", "np.isclose(float(o.learning_rate), 0.002)"),
    Row("from keras.optimizers import Nadam; o = Nadam(schedule_decay=0.004)", "np.isclose(float(o.learning_rate), 0.002)"),
    Row("from keras.optimizers import Nadam; Nadam(schedule_decay=0.1)", refused="schedule_decay", era="3"),
    Row(_STEPS.format(call="RMSprop(0.1, 0.5, 0.25)"), "np.allclose(y, _rmsprop(0.1, 0.5, 0.25), rtol=1e-6)"),
    Row(_STEPS.format(call="Adagrad(0.1, 0.25)"), "np.allclose(y, _adagrad(0.1, 0.25), rtol=1e-6)"),
    Row(_STEPS.format(call="Nadam(0.1, schedule_decay=0.2)"), "np.allclose(y, _nadam(0.1, 0.2), rtol=1e-5)"),
    Row("from keras import optimizers; o = optimizers.get('adadelta'); p = optimizers.get('rmsprop')", "float(o.learning_rate) == 1 and type(p) is hb.legacy.optimizers.RMSprop"),
    Row("from keras.optimizers import RMSprop; o = RMSprop()", "type(o) is hb.optimizers.RMSprop and isinstance(o, RMSprop)", "2.15"),
    Row("from keras.optimizers import RMSprop; o = RMSprop()", "isinstance(o, RMSprop)"),
    Row("from keras.optimizers import Adam; o = Adam()", "o.epsilon == 1e-8", "1"),
    Row("from keras.optimizers import Adam; o = Adam()", "o.epsilon == 1e-7", "2.2"),
    Row("from keras.optimizers import Adam; o = Adam(0.01, 0.9, 0.999, None, 0.5, True)", "o.amsgrad and o.epsilon == 1e-7 and np.isclose(float(o._rate_at(2, o.rate())), 0.005)"),
    Row("from keras.optimizers import Adam; o = Adam(epsilon=None)", "o.epsilon == 1e-8", "1"),
    # 4: gates
    Row("from keras.layers import LSTM; l = LSTM(3)", "l.cell.recurrent_activation.__name__ == 'hard_sigmoid_of_keras_2'"),
    Row("from keras.layers import LSTM; l = LSTM(3)", "l.cell.recurrent_activation is hb.activations.sigmoid", "2.15"),
    Row("from keras.layers import GRU; l = GRU(3)", "l.reset_after is False"),
    Row("from keras.layers import GRU; l = GRU(3)", "l.reset_after is True", "3"),
    Row("from keras.layers import GRU; l = GRU(2); l.build((None, 4, 3))", "[w.shape for w in l.get_weights()][2] == (6,)"),
    Row("from keras.activations import hard_sigmoid; y = hard_sigmoid(np.float32([-3, 0, 1]))", "np.allclose(y, [0, 0.5, 0.7])", "2.15"),
    Row("from keras.activations import hard_sigmoid; y = hard_sigmoid(np.float32([-3, 0, 1]))", "np.allclose(y, [0, 0.5, 2 / 3])", "3"),
    Row("from keras.layers import Activation; y = Activation('hard_sigmoid')(np.ones((1, 1), 'float32'))", "np.isclose(float(y[0, 0]), 0.7)", "2.15"),
    # 5 and 6: names of numbers
    Row(
        "from keras.models import Sequential; from keras.layers import Dense\nm = Sequential([Dense(1, input_dim=2)])\n"
        "m.compile('sgd', 'mse', metrics=['accuracy', 'mae'])\nh = m.fit(np.zeros((4, 2)), np.zeros(4), verbose=0, validation_split=0.5)",
        "set(h.history) == {'loss', 'acc', 'mean_absolute_error', 'val_loss', 'val_acc', 'val_mean_absolute_error'} and h.history['accuracy'] == h.history['acc']",
    ),
    Row(
        "from keras.models import Sequential; from keras.layers import Dense; from keras.callbacks import EarlyStopping\n"
        "m = Sequential([Dense(1, input_dim=2)])\nm.compile('sgd', 'mse', metrics=['accuracy', 'mae'])\n"
        "h = m.fit(np.zeros((4, 2)), np.zeros(4), epochs=9, verbose=0, validation_split=0.5, callbacks=[EarlyStopping(monitor='val_acc', mode='auto', patience=1)])",
        "'accuracy' in h.history and 'mae' in h.history and len(h.epoch) == 2", "2.15",
    ),
    # 7: predict is silent
    Row(
        "import io, contextlib; from keras.models import Sequential; from keras.layers import Dense\nm = Sequential([Dense(1, input_dim=2)])\n"
        "with contextlib.redirect_stdout(io.StringIO()) as out: m.predict(np.zeros((4, 2)))",
        "out.getvalue() == ''",
    ),
    Row("from keras.models import Sequential; from keras.layers import Dense; m = Sequential([Dense(1, input_dim=2)]); m.compile('adadelta', 'mse')", "float(m.optimizer.learning_rate) == 1"),
    Row("from keras.models import Sequential; from keras.layers import Dense; m = Sequential([Dense(1, input_dim=2)]); m.compile('sgd', 'mse', ['mae'])", "m._compiled['metrics'] == ['mae'] and m._compiled['loss_weights'] is None", "2.15"),
]  # fmt: skip

PATHS = [
    *_imports("keras.layers.normalization", "BatchNormalization"),
    *_imports("keras.layers.embeddings", "Embedding"),
    *_imports("keras.layers.core", "Dense", "Dropout", "Activation", "Flatten", "Reshape", "Lambda", "RepeatVector", "Permute", "Masking"),
    *_imports("keras.layers.convolutional", "Conv1D", "Conv2D", "Convolution2D", "MaxPooling2D", "ZeroPadding2D", "UpSampling2D"),
    *_imports("keras.layers.recurrent", "LSTM", "GRU", "SimpleRNN"),
    *_imports("keras.layers.advanced_activations", "LeakyReLU", "PReLU", "ELU"),
    *_imports("keras.layers.merge", "Add", "Concatenate", "concatenate", "add", "Dot"),
    *_imports("keras.layers.pooling", "GlobalMaxPooling1D", "AveragePooling2D"),
    *_imports("keras.layers.wrappers", "TimeDistributed", "Bidirectional"),
    Row("from keras.layers.local import LocallyConnected1D as it", "it.__name__ == 'LocallyConnected1D'"),
    *_imports("keras.layers.noise", "GaussianNoise", "GaussianDropout"),
    *_imports("keras.layers.convolutional_recurrent", "ConvLSTM2D"),
    Row("from keras.layers.cudnn_recurrent import CuDNNLSTM as it", "it == hb.layers.LSTM"),
    *_imports("keras.layers.experimental.preprocessing", "Rescaling", "Normalization", era="2.15"),
    Row("from keras.layers.experimental import preprocessing; it = preprocessing.Resizing", "it == hb.layers.Resizing", "2.15"),
    *_imports("keras.preprocessing.text", "Tokenizer", "text_to_word_sequence", "one_hot", "hashing_trick", "tokenizer_from_json", where="text"),
    *_imports("keras.preprocessing.sequence", "skipgrams", "make_sampling_table", "pad_sequences", "TimeseriesGenerator", where="preprocessing.sequence"),
    *_imports("keras.preprocessing.image", "ImageDataGenerator", "load_img", "img_to_array", where="preprocessing.image"),
    *_imports("keras.utils.np_utils", "to_categorical", "normalize", where="utils"),
    Row("from keras.utils import np_utils; y = np_utils.to_categorical([0, 2], nb_classes=3)", "y.shape == (2, 3)", "1"),
    *_imports("keras.utils.vis_utils", "plot_model", "model_to_dot", where="utils"),
    *_imports("keras.utils.generic_utils", "Progbar", "get_custom_objects", "CustomObjectScope", where="utils"),
    *_imports("keras.utils.data_utils", "Sequence", where="utils"),
    Row("from keras.utils.layer_utils import print_summary, convert_all_kernels_in_model, count_params"),
    Row("from keras.utils.io_utils import HDF5Matrix"),
    Row("from keras.utils.conv_utils import conv_output_length as f", "f(10, 3, 'valid', 2) == 4 and f(10, 3, 'same', 2) == 5"),
    Row("from keras.utils.multi_gpu_utils import multi_gpu_model"),
    *_imports("keras.engine", "Layer", "InputSpec"),
    Row("from keras.engine.topology import Layer, Input, InputSpec, Container", refused="Container"),
    *_imports("keras.engine.topology", "Layer", "InputLayer"),
    Row("from keras.engine.training import Model as it", "it == hb.Model"),
    *_imports("keras.engine.base_layer", "Layer"),
    Row("from keras.engine.input_layer import Input as it", "it is hb.Input"),
    Row("from keras.engine.network import Model as it", "it == hb.Model"),
    Row("from keras.engine.sequential import Sequential as it", "it is hb.Sequential"),
    Row("from keras.engine.saving import load_model as it", "callable(it)"),
    Row("from keras.backend.tensorflow_backend import set_session, get_session", "get_session().graph is None"),
    Row("from keras.objectives import mse, categorical_crossentropy as it", "it is hb.losses.categorical_crossentropy", "1"),
    Row("from keras import initializations; a = initializations.get('uniform')", "a.get_config()['maxval'] == 0.05", "1"),
    Row("from tensorflow.keras.layers import Dense as it", "it == hb.layers.Dense", "3"),
    Row("from tensorflow.keras.models import Sequential as it", "it is hb.Sequential", "3"),
    Row("import tensorflow.keras as keras; it = keras.layers.Dense", "it == hb.layers.Dense", "3"),
    Row("from tensorflow import keras; it = keras.layers.Dense", "it == hb.layers.Dense", "3"),
    Row("from tensorflow.keras import layers, Model; it = layers.Dense", "it == hb.layers.Dense", "3"),
    Row("from tensorflow.python.keras.layers import Dense as it", "it == hb.layers.Dense", "2.15"),
    Row("from tensorflow.keras.wrappers.scikit_learn import __name__ as it", "it.endswith('scikit_learn')", "2.15"),
    Row("import keras.wrappers.scikit_learn as it", "it.__name__ == 'keras.wrappers.scikit_learn'"),
    Row("import scikeras.wrappers as it", "it.__name__ == 'scikeras.wrappers'", "3"),
    Row("from keras_preprocessing.text import Tokenizer as it", "it == hb.text.Tokenizer"),
    Row("from keras_preprocessing.sequence import pad_sequences as it", "it is hb.utils.pad_sequences"),
    Row("from keras_preprocessing.image import ImageDataGenerator as it", "it is hb.image.ImageDataGenerator"),
    Row("import keras_applications"),
    Row("import keras.applications; keras.applications.VGG16", refused="VGG16"),
    Row("import keras_nlp; it = keras_nlp.layers.TransformerEncoder", "it == hb.nlp.layers.TransformerEncoder", "3"),
    Row("import keras_hub; it = keras_hub.layers.PositionEmbedding", "it == hb.nlp.layers.PositionEmbedding", "3"),
    *[Row(f"import keras_hub; m = keras_hub.models.{name}.from_preset({_PRESET!r}{more})", holds, "3") for name, more, holds in [
        ("BertBackbone", "", "set(m.output) == {'sequence_output', 'pooled_output'}"),
        ("BertTextClassifier", ", num_classes=3", "m.predict(m.tokenizer(['good']), verbose=0).shape == (1, 3)"), ("TextClassifier", "", "m.description.classes == 3"),
    ]],
    *[Row(f"from keras_nlp.models import {name} as C; {call.format(repr(_PRESET))}", "", "3", refused) for name, call, refused in [
        ("BertClassifier", "C.from_preset({}, num_classes=7)", "Dense(num_classes)"), ("BertBackbone", "C(num_layers=2)", "from_pretrained"), ("BertTokenizer", "C.from_preset({})", "tokenizer"),
        ("BertPreprocessor", "C.from_preset({})", "tokenizer"), ("BertBackbone", "C.from_preset({}, load_weights=False)", "True"), ("GPT2CausalLM", "C.from_preset({}, preprocessor=3)", "None"), ("BertMaskedLM", "C.from_preset({})", "fill-mask"),
    ]],
    Row("from keras_nlp.samplers import TopKSampler as it", "it is hb.nlp.samplers.TopKSampler", "3"),
    Row("import keras.no_such_module", refused="no_such_module"),
    Row("from keras.layers import Dnse", refused="Dnse"),
    Row("import keras; v = keras.__version__", "v == '2.2.5'"),
    Row("import tensorflow as tf; v = tf.__version__", "v.startswith('1.')"),
]  # fmt: skip

NAMES = [
    Row("from keras.layers import CuDNNLSTM; l = CuDNNLSTM(3)", "type(l) is hb.layers.LSTM and l.cell.recurrent_activation is hb.activations.sigmoid"),
    Row("from keras.layers import CuDNNGRU; l = CuDNNGRU(3)", "type(l) is hb.layers.GRU and l.reset_after"),
    Row("from keras.layers import LocallyConnected1D; y = LocallyConnected1D(3, 2)(np.ones((2, 5, 4), 'float32'))", "y.shape == (2, 4, 3)"),
    Row("from keras.layers import LocallyConnected2D; y = LocallyConnected2D(3, (2, 2))(np.ones((2, 5, 4, 1), 'float32'))", "y.shape == (2, 4, 3, 3)"),
    Row("from keras.layers import ThresholdedReLU; y = ThresholdedReLU(theta=1.0)(np.float32([[0.5, 2]]))", "y.tolist() == [[0, 2]]"),
    Row("from keras.layers import MaxoutDense; y = MaxoutDense(3, nb_feature=2)(np.ones((2, 4), 'float32'))", "y.shape == (2, 3)", "1"),
    Row("from keras.layers import Highway; y = Highway(activation='relu')(np.ones((2, 4), 'float32'))", "y.shape == (2, 4)", "1"),
    Row("from keras.layers import AtrousConvolution1D; l = AtrousConvolution1D(4, 3, atrous_rate=2)", "l.dilation_rate == (2,)", "1"),
    Row("from keras.layers import AtrousConvolution2D; l = AtrousConvolution2D(4, 3, 3, atrous_rate=(2, 2))", "l.dilation_rate == (2, 2) and l.kernel_size == (3, 3)", "1"),
    Row("from keras.layers import Deconvolution2D; l = Deconvolution2D(4, 3, 3, output_shape=(None, 4, 14, 14), subsample=(2, 2))", "type(l) is hb.layers.Conv2DTranspose and l.strides == (2, 2)", "1"),
    Row("from keras.layers import Convolution1D, Convolution3D; l = Convolution1D(4, 3)", "type(l) is hb.layers.Conv1D"),
    Row("from keras.layers import Convolution3D; l = Convolution3D(4, 3, 3, 3)", "l.kernel_size == (3, 3, 3)", "1"),
    Row(
        "from keras.layers import AbstractRNNCell, RNN\nclass Cell(AbstractRNNCell):\n    state_size = output_size = 4\n    def call(self, x, states):\n        return x + states[0], [x + states[0]]\n"
        "y = RNN(Cell())(np.ones((2, 3, 4), 'float32'))", "y.tolist() == [[3.0] * 4] * 2", "2.15",
    ),
    Row("from keras.layers import TimeDistributedDense; l = TimeDistributedDense(3)", "type(l) is hb.layers.Dense", "1"),
    Row("from keras.utils import multi_gpu_model; m = object()", "multi_gpu_model(m, gpus=2) is m"),
    Row(
        "from keras.utils import OrderedEnqueuer, Sequence\nclass S(Sequence):\n    def __len__(self): return 2\n    def __getitem__(self, i): return i\n"
        "e = OrderedEnqueuer(S()); e.start(workers=1); g = e.get(); seen = [next(g) for _ in range(3)]; e.stop()", "seen == [0, 1, 0]",
    ),
    Row("from keras.utils import GeneratorEnqueuer; e = GeneratorEnqueuer(iter([1, 2])); e.start(); seen = list(e.get())", "seen == [1, 2]"),
    Row(
        "import h5py, os, tempfile\nfrom keras.utils import HDF5Matrix\np = os.path.join(tempfile.mkdtemp(), 'd.h5')\n"
        "with h5py.File(p, 'w') as f: f['x'] = np.arange(10.0).reshape(5, 2)\nx = HDF5Matrix(p, 'x', 1, 4, normalizer=lambda a: a * 2)",
        "x.shape == (3, 2) and x[0].tolist() == [4, 6] and x[[2, 0]].tolist() == [[12, 14], [4, 6]] and x[1:].shape == (2, 2)",
    ),
    Row("from keras.utils import print_summary; from keras.models import Sequential; from keras.layers import Dense; lines = []; print_summary(Sequential([Dense(1, input_dim=2)]), print_fn=lines.append)", "'dense' in ' '.join(lines)"),
    Row("from keras.utils import convert_all_kernels_in_model", "convert_all_kernels_in_model(None) is None"),
    Row("from keras.utils import to_ordinal; y = to_ordinal([0, 1, 2])", "y.tolist() == [[0, 0], [1, 0], [1, 1]]", "2.15"),
    Row("from keras.models import model_from_yaml; model_from_yaml('a: 1')", refused="model_from_json"),
    Row("from keras.models import model_from_config; m = model_from_config({'class_name': 'Sequential', 'config': [{'class_name': 'Dense', 'config': {'output_dim': 3, 'batch_input_shape': [None, 2], 'name': 'd'}}]})", "m.output_shape == (None, 3)"),
    Row("from keras.constraints import maxnorm; c = maxnorm(3)", "c.max_value == 3", "2.2"),
    Row("from keras.constraints import maxnorm; c = maxnorm(m=3)", "c.max_value == 3", "1"),
    Row("from keras.constraints import nonneg; c = nonneg()", "type(c) is hb.constraints.NonNeg"),
    Row("from keras.constraints import unitnorm; c = unitnorm()", "type(c) is hb.constraints.UnitNorm"),
    Row("from keras.initializers import normal; i = normal(stddev=0.1)", "i.stddev == 0.1"),
    Row("from keras.initializers import uniform; i = uniform()", "i.get_config()['minval'] == -0.05"),
    Row("from keras.initializers import zero, one; a = one()((2,))", "a.tolist() == [1, 1]"),
    *[Row(f"from keras.optimizers import {low}; o = {low}()", f"isinstance(o, hb.optimizers.{name})") for low, name in
      [("sgd", "SGD"), ("rmsprop", "RMSprop"), ("adagrad", "Adagrad"), ("adadelta", "Adadelta"), ("adam", "Adam"), ("adamax", "Adamax"), ("nadam", "Nadam")]],
    Row("from keras.optimizers import TFOptimizer; TFOptimizer(None)", refused="TensorFlow"),
    *[Row(f"from keras.losses import {short} as f", f"f is hb.losses.{long}") for short, long in
      [("mse", "mean_squared_error"), ("mae", "mean_absolute_error"), ("mape", "mean_absolute_percentage_error"), ("msle", "mean_squared_logarithmic_error"),
       ("kld", "kl_divergence"), ("kullback_leibler_divergence", "kl_divergence"), ("logcosh", "log_cosh")]],
    *[Row(f"from keras.metrics import {short} as f", f"f is hb.losses.{long}") for short, long in
      [("mse", "mean_squared_error"), ("mae", "mean_absolute_error"), ("kullback_leibler_divergence", "kl_divergence")]],
    Row("from keras.losses import cosine_proximity; y = cosine_proximity(np.eye(2), 3 * np.eye(2))", "np.allclose(y, -1)"),
    Row("from keras.regularizers import l1l2; r = l1l2(l1=0.1, l2=0.2)", "float(r.l1) == 0.1 and float(r.l2) == 0.2", "1"),
    Row("from keras.regularizers import activity_l1, activity_l2; r = activity_l1(0.1)", "type(r) is hb.regularizers.L1 and type(activity_l2(l=0.1)) is hb.regularizers.L2", "1"),
    Row("from keras.regularizers import WeightRegularizer; r = WeightRegularizer(l1=0.1)", "float(r.l1) == 0.1", "1"),
    Row("from keras.callbacks import BaseLogger; c = BaseLogger(stateful_metrics=['auc'])", "c.stateful_metrics == {'auc'}"),
    Row("from keras.models import Sequential; from keras.layers import Dense; m = Sequential([Dense(2, input_dim=2)]); m.compile('sgd', 'kullback_leibler_divergence'); m.train_on_batch(np.ones((2, 2)), np.ones((2, 2)))"),
    Row("from keras.models import Sequential; from keras.layers import Dense; m = Sequential([Dense(2, input_dim=2)]); m.compile('sgd', loss='cosine_proximity'); l = m.train_on_batch(np.ones((2, 2)), m.predict(np.ones((2, 2))))", "np.isclose(l, -1)"),
    *[Row(f"from keras.models import Sequential; from keras.layers import Dense, Merge\nm = Merge([Sequential([Dense(2, input_dim=3)]), Sequential([Dense(2, input_dim=3)])], mode={mode!r}{more})\n"
          "y = m.predict([np.ones((4, 3)), np.ones((4, 3))])", f"y.shape == {shape}", "1") for mode, more, shape in
      [("sum", "", (4, 2)), ("mul", "", (4, 2)), ("ave", "", (4, 2)), ("max", "", (4, 2)), ("concat", "", (4, 4)), ("concat", ", concat_axis=1", (4, 4)), ("dot", ", dot_axes=1", (4, 1)), ("cos", ", dot_axes=1", (4, 1, 1))]],
    Row("from keras.layers import Input, merge; a, b = Input((3,)), Input((3,)); y = merge([a, b], mode='concat', concat_axis=1)", "y.shape == (None, 6)", "1"),
    Row("from keras.layers import Input, merge; merge([Input((3,)), Input((3,))], mode='div')", era="1", refused="mode"),
    Row("from keras.models import Sequential; from keras.layers import Dense, Merge\nm = Sequential(); m.add(Merge([Sequential([Dense(2, input_dim=3)]), Sequential([Dense(2, input_dim=3)])], mode='concat')); m.add(Dense(1))\n"
        "m.compile('sgd', 'mse'); m.fit([np.ones((4, 3)), np.ones((4, 3))], np.ones(4), nb_epoch=1, verbose=0)", "m.output_shape == (None, 1)", "1"),
]  # fmt: skip

_MODEL = (
    "from keras.models import Sequential, Model; from keras.layers import *\n"
    "m = Sequential([Dense(3, input_dim=2), Dense({units}, activation='sigmoid')]); m.compile('sgd', 'mse')\nx = np.ones((5, 2))\n"
)
_ONE, _TWO = _MODEL.format(units=1), _MODEL.format(units=2)
_GENERATOR = "def gen(rows=2):\n    while True: yield np.ones((rows, 2)), np.ones((rows, 1))\n"

METHODS = [
    Row(_TWO + "c = m.predict_classes(x)", "c.shape == (5,) and (c == m.predict(x).argmax(-1)).all()"),
    Row(_ONE + "c = m.predict_classes(x)", "c.shape == (5, 1) and c.dtype == 'int32' and (c == (m.predict(x) > 0.5)).all()"),
    Row(_ONE + "p = m.predict_proba(x)", "(p == m.predict(x)).all()"),
    Row(_ONE + _GENERATOR + "h = m.fit_generator(gen(), steps_per_epoch=3, epochs=2, verbose=0)", "len(h.epoch) == 2 and int(m.optimizer.iterations) == 6"),
    Row(_ONE + _GENERATOR + "h = m.fit_generator(gen(), 3, 2, 0)", "len(h.epoch) == 2 and int(m.optimizer.iterations) == 6"),
    Row(_ONE + _GENERATOR + "h = m.fit_generator(gen(), samples_per_epoch=6, nb_epoch=2, verbose=0, nb_worker=2, pickle_safe=True, max_q_size=5)", "int(m.optimizer.iterations) == 6", "1"),
    Row(_ONE + _GENERATOR + "h = m.fit_generator(gen(), 6, 2, verbose=0, validation_data=gen(), nb_val_samples=4)", "int(m.optimizer.iterations) == 6 and len(h.history['val_loss']) == 2", "1"),
    Row(_ONE + _GENERATOR + "h = m.fit_generator(gen(), steps_per_epoch=2, validation_data=gen(), validation_steps=2, verbose=0, workers=4, use_multiprocessing=False, max_queue_size=9)", "'val_loss' in h.history"),
    Row(_ONE + _GENERATOR + "s = m.evaluate_generator(gen(), steps=2)", "isinstance(float(s), float)"),
    Row(_ONE + _GENERATOR + "s = m.evaluate_generator(gen(), val_samples=4)", "isinstance(float(s), float)", "1"),
    Row(_ONE + _GENERATOR + "p = m.predict_generator(gen(), steps=2)", "p.shape == (4, 1)"),
    Row(_ONE + "m.to_yaml()", refused="to_json"),
    Row(_ONE, "m.uses_learning_phase is False"),
    Row(_ONE + "d = Sequential([Dropout(0.5, input_shape=(2,))])", "d.uses_learning_phase"),
    Row(_ONE, "m.layers[0].input_shape == (None, 2) and m.layers[0].output_shape == (None, 3) and m.output_shape == (None, 1)"),
    Row(_ONE + "a, b = Input((2,)), Input((2,)); d = Dense(4); d(a); d(b)", "d.get_output_at(0).shape == (None, 4) and d.get_input_at(1) is b and d.get_output_shape_at(1) == (None, 4) and d.get_input_shape_at(0) == (None, 2)"),
    Row("from keras.optimizers import Adam; o = Adam(0.1); o.lr = 0.2", "np.isclose(float(o.lr), 0.2)"),
    Row("from keras.optimizers import Adam; import keras.backend as K; o = Adam(0.1); K.set_value(o.lr, 0.5)", "np.isclose(K.get_value(o.lr), 0.5)"),
    Row("from keras.optimizers import SGD; import keras.backend as K; o = SGD(0.1, decay=1.0); K.set_value(o.lr, 0.5)", "np.isclose(K.get_value(o.lr), 0.5) and np.isclose(float(o._rate_at(1, o.rate())), 0.25)"),
    Row(_ONE + "import tempfile, os; from keras.models import load_model; p = os.path.join(tempfile.mkdtemp(), 'model'); m.save(p); n = load_model(p)", "os.path.isdir(p) and (n.predict(x) == m.predict(x)).all()", "2.15"),
    Row(_ONE + "import tempfile, os; from keras.models import load_model; p = os.path.join(tempfile.mkdtemp(), 'model.h5'); m.save(p); n = load_model(p)", "(n.predict(x) == m.predict(x)).all()"),
    Row(_ONE + "import tempfile, os; p = os.path.join(tempfile.mkdtemp(), 'w.h5'); m.save_weights(p); before = m.predict(x); m.set_weights([0 * w for w in m.get_weights()]); m.load_weights(p)", "(m.predict(x) == before).all()"),
]  # fmt: skip

_L = "from keras.layers import *; from keras import regularizers, constraints\n"

KEYWORDS = [
    Row("from keras.optimizers import Adam; o = Adam(lr=0.5)", "float(o.learning_rate) == 0.5", "2.15"),
    Row("from keras.optimizers import Adam; Adam(lr=0.5, learning_rate=0.5)", era="2.15", refused="learning_rate"),
    Row(_L + "l = Dense(output_dim=3)", "l.units == 3", "1"),
    Row(_L + "l = Dense(3, init='he_normal')", "type(l.kernel_initializer) is hb.initializers.HeNormal", "1"),
    Row(_L + "l = Dense(3, 'uniform', 'relu')", "type(l.kernel_initializer) is hb.initializers.RandomUniform and l.activation is hb.activations.relu", "1"),
    Row(_L + "l = Dense(3, init=lambda shape, name=None: np.full(shape, 2.0)); l.build((None, 2))", "l.get_weights()[0].tolist() == [[2] * 3] * 2", "1"),
    Row(_L + "l = Dense(3, W_regularizer='l2')", "type(l.kernel_regularizer) is hb.regularizers.L2", "1"),
    Row(_L + "l = Dense(3, b_regularizer='l1')", "type(l.bias_regularizer) is hb.regularizers.L1", "1"),
    Row(_L + "l = Dense(3, activity_regularizer='l1')", "type(l.activity_regularizer) is hb.regularizers.L1", "1"),
    Row(_L + "l = Dense(3, W_constraint=constraints.maxnorm(2))", "l.kernel_constraint.max_value == 2", "1"),
    Row(_L + "l = Dense(3, b_constraint='nonneg')", era="1", refused="nonneg"),
    Row(_L + "l = Dense(3, bias=False)", "l.use_bias is False", "1"),
    Row(_L + "l = Dense(3, input_dim=4)", "l.declared_shape == (None, 4)"),
    Row(_L + "l = Dense(3, input_shape=(4,))", "l.declared_shape == (None, 4)"),
    Row(_L + "l = Dense(3, batch_input_shape=(8, 4))", "l.declared_shape == (8, 4)"),
    Row(_L + "l = Dense(2, weights=[np.eye(2), np.ones(2)], input_dim=2); l.build((None, 2))", "l.get_weights()[0].tolist() == [[1, 0], [0, 1]] and l.get_weights()[1].tolist() == [1, 1]"),
    Row(_L + "class My(Layer):\n    def __init__(self, units, **kwargs):\n        self.units = units\n        super().__init__(**kwargs)\n    def build(self, input_shape):\n        self.w = self.add_weight(name='w', shape=(input_shape[-1], self.units), initializer='one', trainable=True)\n        super().build(input_shape)\n"
        "    def call(self, x):\n        import keras.backend as K\n        return K.dot(x, self.w)\n    def compute_output_shape(self, input_shape):\n        return (input_shape[0], self.units)\n"
        "from keras.models import Sequential\nm = Sequential([My(3, input_shape=(2,))]); y = m.predict(np.ones((1, 2)))", "y.tolist() == [[2, 2, 2]]"),
    Row(_L + "class My(Dense): pass\nl = My(3, input_dim=2)", "isinstance(l, Dense) and issubclass(My, Dense) and l.declared_shape == (None, 2)"),
    Row(_L + "l = Dropout(p=0.3)", "l.rate == 0.3", "1"),
    Row(_L + "l = GaussianNoise(sigma=0.3)", "l.stddev == 0.3", "1"),
    Row(_L + "l = LSTM(3, dropout_W=0.1, dropout_U=0.2)", "l.dropout == 0.1 and l.recurrent_dropout == 0.2", "1"),
    Row(_L + "l = LSTM(3, inner_init='glorot_uniform', inner_activation='sigmoid')", "l.cell.recurrent_activation is hb.activations.sigmoid", "1"),
    Row(_L + "l = LSTM(3, forget_bias_init='zero')", "l.unit_forget_bias is False", "1"),
    Row(_L + "l = LSTM(output_dim=3, consume_less='gpu')", "l.units == 3", "1"),
    Row(_L + "l = LSTM(3, implementation=2)", "l.units == 3"),
    Row(_L + "l = LSTM(3, input_dim=4, input_length=5)", "l.declared_shape == (None, 5, 4)"),
    Row(_L + "l = LSTM(3, U_regularizer='l2')", "l.recurrent_regularizer is not None", "1"),
    Row(_L + "l = Conv1D(nb_filter=4, filter_length=3, subsample_length=2)", "(l.filters, l.kernel_size, l.strides) == (4, (3,), (2,))", "1"),
    Row(_L + "l = Conv2D(4, 3, 3, border_mode='same')", "l.padding == 'same'", "1"),
    Row(_L + "l = Conv2D(nb_filter=4, nb_row=3, nb_col=5, subsample=(2, 2), dim_ordering='th')", "(l.kernel_size, l.strides, l.data_format) == ((3, 5), (2, 2), 'channels_first')", "1"),
    Row(_L + "l = Conv2D(nb_filter=4, nb_row=3)", era="1", refused="nb_col"),
    Row(_L + "l = Conv2D(4, 3, 3, dim_ordering='tf')", "l.data_format == 'channels_last'", "1"),
    Row(_L + "l = Conv2D(4, 3, 3, dim_ordering='nhwc')", era="1", refused="dim_ordering"),
    Row(_L + "l = MaxPooling1D(pool_length=3, stride=2)", "l.pool_size == (3,) and l.strides == (2,)", "1"),
    Row(_L + "l = MaxPooling2D((2, 2), border_mode='same')", "l.padding == 'same'", "1"),
    Row(_L + "l = BatchNormalization(mode=0, beta_init='zero', gamma_init='one')", "type(l) is hb.layers.BatchNormalization", "1"),
    Row(_L + "l = BatchNormalization(mode=2)", era="1", refused="mode"),
    Row(_L + "l = BatchNormalization(1e-5, 0, 1)", "l.epsilon == 1e-5 and l.axis == 1", "1"),
    Row(_L + "from keras.models import Model; a = Input((2,)); m = Model(input=a, output=Dense(1)(a))", "m.output_shape == (None, 1)", "1"),
    Row(_L + "from keras.models import Model; a, b = Input((2,)), Input((2,)); m = Model(input=[a, b], output=[Dense(1)(a), Dense(2)(b)])", "len(m.outputs) == 2", "1"),
    Row(_ONE + "h = m.fit(x, np.ones(5), nb_epoch=2, verbose=0)", "len(h.epoch) == 2", "1"),
    Row(_ONE + "h = m.fit(x, np.ones(5), verbose=0)", "len(h.epoch) == 10", "1"),
    Row(_ONE + "h = m.fit(x, np.ones(5), verbose=0, workers=2, use_multiprocessing=True, max_queue_size=3)", "len(h.epoch) == 1"),
    Row("from keras.callbacks import ModelCheckpoint; c = ModelCheckpoint('w.{epoch:02d}.hdf5', period=1)", "c.save_freq == 'epoch'"),
    Row("from keras.callbacks import ModelCheckpoint; c = ModelCheckpoint('w.hdf5', period=5)", refused="save_freq"),
    Row(_ONE + "import tempfile, glob; from keras.callbacks import ModelCheckpoint; d = tempfile.mkdtemp(); m.fit(x, np.ones(5), verbose=0, callbacks=[ModelCheckpoint(d + '/w.{epoch:02d}.hdf5', save_weights_only=True)])", "len(glob.glob(d + '/w.01.hdf5')) == 1"),
    Row("from keras.callbacks import TensorBoard; c = TensorBoard('logs', write_grads=True, batch_size=32)", "c.log_dir == 'logs'"),
    Row("from keras.callbacks import ReduceLROnPlateau; c = ReduceLROnPlateau(epsilon=0.1)", "c.min_delta == 0.1"),
    Row(_L + "l = Embedding(10, 4, input_length=5)", "l.declared_shape == (None, 5)"),
    Row(_L + "l = Embedding(input_dim=10, output_dim=4, init='uniform', input_length=5, weights=[np.ones((10, 4))])", "l.output_dim == 4", "1"),
    Row(_L + "l = LeakyReLU(alpha=0.1)", "l.negative_slope == 0.1", "2.15"),
    Row(_L + "t = Input(shape=3)", "t.shape == (None, 3)"),
    Row(_L + "t = Input(batch_shape=(4, 3))", "t.shape == (4, 3)"),
    Row("import os, tempfile; from keras.datasets import imdb; p = os.path.join(tempfile.mkdtemp(), 'imdb.npz'); x = np.array([[5, 9], [5, 6, 7]], dtype=object)\n"
        "np.savez(p, x_train=x, y_train=np.arange(2), x_test=x, y_test=np.arange(2)); (a, _), _ = imdb.load_data(path=p, nb_words=10)", "sorted(map(len, a)) == [3, 4] and max(map(max, a)) < 10", "1"),
]  # fmt: skip

_K = "import keras.backend as K\nx = np.float32([[1, 4], [9, 16]])\n"

BACKEND = [
    *[Row(_K + f"y = K.{call}", holds) for call, holds in [
        ("mean(x)", "float(y) == 7.5"), ("mean(x, axis=1)", "np.allclose(y, [2.5, 12.5])"), ("sum(x, axis=0, keepdims=True)", "y.shape == (1, 2)"),
        ("square(x)", "float(y[1, 1]) == 256"), ("sqrt(x)", "np.allclose(y, [[1, 2], [3, 4]])"), ("sqrt(-x)", "np.allclose(y, 0)"),
        ("log(x)", "np.allclose(y, np.log(x))"), ("exp(x)", "np.allclose(y, np.exp(x), rtol=1e-5)"), ("argmax(x, axis=-1)", "np.asarray(y).tolist() == [1, 1]"),
        ("cast(x, 'int32')", "str(y.dtype) == 'int32'"), ("epsilon()", "y == 1e-7"), ("floatx()", "y == 'float32'"), ("image_data_format()", "y == 'channels_last'"),
        ("image_dim_ordering()", "y == 'tf'"), ("learning_phase()", "y == 0"), ("int_shape(x)", "y == (2, 2)"), ("ndim(x)", "y == 2"), ("dtype(x)", "y == 'float32'"),
        ("variable(x)", "np.allclose(K.get_value(y), x)"), ("constant(2.0, shape=(2,))", "np.asarray(y).tolist() == [2, 2]"), ("zeros((2,))", "K.get_value(y).tolist() == [0, 0]"),
        ("clip(x, 2, 9)", "float(y.max()) == 9"), ("maximum(x, 5.0)", "float(y.min()) == 5"), ("abs(-x)", "np.allclose(y, x)"), ("pow(x, 2)", "float(y[0, 1]) == 16"),
        ("dot(x, x)", "np.allclose(y, x @ x)"), ("batch_dot(x, x, axes=1)", "np.allclose(y, (x * x).sum(1)[:, None])"), ("transpose(x)", "np.allclose(y, x.T)"),
        ("permute_dimensions(x, (1, 0))", "np.allclose(y, x.T)"), ("reshape(x, (4, -1))", "y.shape == (4, 1)"), ("flatten(x)", "y.shape == (4,)"), ("batch_flatten(x[:, :, None])", "y.shape == (2, 2)"),
        ("expand_dims(x)", "y.shape == (2, 2, 1)"), ("squeeze(x[None], 0)", "y.shape == (2, 2)"), ("concatenate([x, x])", "y.shape == (2, 4)"), ("stack([x, x])", "y.shape == (2, 2, 2)"),
        ("repeat_elements(x, 2, axis=0)", "y.shape == (4, 2)"), ("repeat(x, 3)", "y.shape == (2, 3, 2)"), ("tile(x, (1, 2))", "y.shape == (2, 4)"), ("gather(x, [1])", "np.allclose(y, x[1:])"),
        ("one_hot(np.array([0, 1]), 3)", "y.shape == (2, 3)"), ("reverse(x, 0)", "np.allclose(y, x[::-1])"), ("l2_normalize(x, axis=1)", "np.allclose(np.linalg.norm(y, axis=1), 1)"),
        ("relu(-x, alpha=0.1)", "np.allclose(y, -0.1 * x)"), ("sigmoid(x)", "y.shape == (2, 2)"), ("hard_sigmoid(x)", "np.isclose(float(y[0, 0]), 0.7)"), ("softmax(x)", "np.allclose(np.sum(y, -1), 1)"),
        ("equal(x, 4.0)", "np.asarray(y).sum() == 1"), ("greater(x, 4.0)", "np.asarray(y).sum() == 2"), ("all(x > 0)", "bool(y)"), ("any(x > 9)", "bool(y)"),
        ("random_uniform((3, 2))", "y.shape == (3, 2)"), ("random_normal((3, 2))", "y.shape == (3, 2)"), ("random_binomial((3, 2), 0.5)", "y.shape == (3, 2)"),
        ("in_train_phase(1, 2)", "y == 2"), ("in_test_phase(1, 2)", "y == 1"), ("switch(x > 4, x, 0 * x)", "float(np.sum(y)) == 25"), ("count_params(x)", "y == 4"),
        ("binary_crossentropy(np.ones((1, 2)), np.float32([[0.5, 0.5]]))", "np.allclose(y, np.log(2))"), ("in_top_k(x, np.array([1, 0]), 1)", "np.asarray(y).tolist() == [True, False]"),
        ("temporal_padding(x[None])", "y.shape == (1, 4, 2)"), ("backend()", "y == 'jax'"), ("eval(K.ones((2,)))", "y.tolist() == [1, 1]"),
        ("ctc_batch_cost(np.array([[0]]), np.full((1, 2, 2), 0.5, 'float32'), np.array([[2]]), np.array([[1]]))", "np.allclose(y, -np.log(0.75), atol=1e-4)"),
    ]],
    Row(_K + "v = K.variable(x); K.set_value(v, 2 * x)", "np.allclose(K.get_value(v), 2 * x)"),
    Row(_K + "v = K.variable(x); K.update_add(v, x)", "np.allclose(K.get_value(v), 2 * x)"),
    Row(_K + "K.set_image_dim_ordering('th'); f = K.image_data_format(); K.set_image_dim_ordering('tf')", "f == 'channels_first' and K.image_data_format() == 'channels_last'", "1"),
    Row(_K + "K.set_image_dim_ordering('nchw')", era="1", refused="'tf' or 'th'"),
    Row(_K + "K.clear_session(); K.get_uid('a')"),
    Row(_K + "a = K.placeholder(shape=(None, 2)); f = K.function([a], [a * 2, K.sum(a)]); y = f([x])", "isinstance(y, list) and np.allclose(y[0], 2 * x) and float(y[1]) == 30"),
    Row(_K + "a = K.placeholder(ndim=2)", "a.shape == (None, None)"),
    Row(_K + "from keras.layers import Input, Dropout; a = Input((2,)); f = K.function([a, K.learning_phase()], [Dropout(0.9)(a)])", "np.allclose(f([x, 0])[0], x) and (f([np.ones((50, 2)), 1])[0] == 0).any()"),
    Row(_K + "a = K.placeholder((None, 2)); g = K.gradients(K.sum(K.square(a)), [a]); y = K.function([a], g)([x])", "np.allclose(y[0], 2 * x)"),
    Row(_K + "from keras.layers import Input, Dense; a = Input((2,)); d = Dense(1); g = K.gradients(K.sum(d(a)), d.weights); y = K.function([a], g)([x])", "np.allclose(y[0][:, 0], x.sum(0)) and np.allclose(y[1], [2])"),
    Row(_K + "import tensorflow as tf; config = tf.ConfigProto(); config.gpu_options.allow_growth = True; K.set_session(tf.Session(config=config))"),
    Row(_K + "import tensorflow as tf; tf.Session().run(x)", refused="sessions"),
    Row("from keras import backend as K; from keras.layers import Lambda, Input; y = Lambda(lambda t: K.mean(t, axis=1))(Input((3, 4)))", "y.shape == (None, 4)"),
    Row(_K + "K.rnn(lambda x, s: (x, s), x, [])", refused="layers.RNN"),
    Row(_K + "K.ctc_decode(x, [2])", refused="argmax"),
    *[Row(_K + f"p = np.arange(16, dtype='float32').reshape(1, 4, 4, 1); k = np.ones((2, 2, 1, 1), 'float32'); y = K.{call}", holds) for call, holds in [
        ("conv2d(p, k)", "y.shape == (1, 3, 3, 1) and float(y[0, 0, 0, 0]) == 10"), ("conv2d(p, k, strides=(2, 2), padding='same')", "y.shape == (1, 2, 2, 1)"),
        ("conv1d(p[:, 0], k[0])", "y.shape == (1, 3, 1)"), ("depthwise_conv2d(p, k)", "float(y[0, 0, 0, 0]) == 10"), ("separable_conv2d(p, k, np.ones((1, 1, 1, 2), 'float32'))", "y.shape == (1, 3, 3, 2)"),
        ("conv2d_transpose(p, k, (1, 8, 8, 1), strides=(2, 2))", "y.shape == (1, 8, 8, 1)"), ("pool2d(p, (2, 2), strides=(2, 2))", "y[0, :, :, 0].tolist() == [[5, 7], [13, 15]]"),
        ("pool2d(p, (2, 2), pool_mode='avg')", "y.shape == (1, 3, 3, 1) and float(y[0, 0, 0, 0]) == 2.5"), ("resize_images(p, 2, 3, 'channels_last')", "y.shape == (1, 8, 12, 1) and float(y[0, 1, 2, 0]) == 0"),
        ("resize_images(p, 2, 2, None, 'bilinear')", "y.shape == (1, 8, 8, 1)"), ("resize_volumes(p[..., None], 1, 2, 2, 'channels_last')", "y.shape == (1, 4, 8, 2, 1)"), ("spatial_3d_padding(p[..., None])", "y.shape == (1, 6, 6, 3, 1)"),
        ("batch_normalization(p, 1.0, 4.0, 0.5, 2.0, epsilon=0)", "np.allclose(y, (p - 1) + 0.5)"), ("slice(p, (0, 1, 1, 0), (1, 2, -1, 1))", "y.shape == (1, 2, 3, 1)"),
        ("identity(p)", "y is p and K.to_dense(p) is p"), ("is_tensor(K.constant(1))", "y and K.is_variable(K.variable(1)) and not K.is_placeholder(p)"), ("print_tensor(K.constant(1.0), 'one')", "float(y) == 1"),
        ("moving_average_update(K.variable(1.0), 3.0, 0.75)", "float(y.value) == 1.5 and K.get_variable_shape(y) == ()"),
    ]],
    Row(_K + "K.conv2d_transpose(np.ones((1, 4, 4, 1), 'float32'), np.ones((2, 2, 1, 1), 'float32'), (1, 4, 4, 1))", refused="5, 5, 1"),
]  # fmt: skip

_T = "import tensorflow as tf\n"

TENSORFLOW = [
    *[Row(f"import tensorflow as tf\nwith tf.device({name!r}), tf.name_scope('part'):\n    y = tf.ones((2,)).numpy()", "y.tolist() == [1, 1]", era) for name, era in [("/cpu:0", "2.2"), ("/device:CPU:0", "2.15")]],
    *[Row("import keras; v = keras.version()", "v == keras.__version__ and v.startswith(" + repr(start) + ")", era) for era, start in [("3", "3.15"), ("2.15", "2.15")]],
    Row("import tensorflow as tf; y = tf.keras.tree.flatten({'b': 1, 'a': [2]})", "y == [2, 1]", "3"),
    Row("from keras.wrappers import SKLearnClassifier as it", "it == hb.wrappers.SKLearnClassifier", "3"),
    # half precision, as it was called from TensorFlow 2.1 on
    *[Row(f"from tensorflow.keras import mixed_precision as m; m.{name}('mixed_float16'); y = hb.layers.Dense(2); m.{name}('float32')", "y.compute_dtype == 'float16' and y.variable_dtype == 'float32'", era)
      for name, era in [("set_global_policy", "2.15"), ("experimental.set_policy", "2.15"), ("experimental.set_policy", "2.2"), ("set_dtype_policy", "3")]],
    Row("from tensorflow.keras.mixed_precision import experimental as m; p = m.Policy('mixed_float16', loss_scale='dynamic')", "p.compute_dtype == 'float16' and m.global_policy().name == 'float32'", "2.15"),
    *[Row(f"import tensorflow as tf; o = tf.keras.mixed_precision.experimental.LossScaleOptimizer(tf.keras.optimizers.Adam(lr=0.5), {scale})", "type(o) is hb.optimizers.LossScaleOptimizer and float(o.learning_rate) == 0.5", "2.15") for scale in ("'dynamic'", "loss_scale='dynamic'")],
    Row("from tensorflow.keras.mixed_precision.experimental import LossScaleOptimizer as L; from keras.optimizers import SGD; L(SGD(), loss_scale=128)", refused="loss_scale_factor", era="2.15"),
    Row("import tensorflow as tf; p = tf.keras.mixed_precision.Policy('mixed_bfloat16')", "p == hb.DTypePolicy('mixed_bfloat16')", "3"),
    *[Row(f"import tensorflow as tf; o = tf.keras.optimizers.legacy.{name}(lr=0.25, decay=0.5)", f"type(o).__name__ == {name!r} and np.isclose(float(o._rate_at(2, o.rate())), 0.125)", "2.15") for name in ("Adam", "SGD", "RMSprop")],
    Row(_T + "l = tf.keras.layers.Dense(3)", "type(l) is hb.layers.Dense", "3"),
    Row(_T + "tf.random.set_seed(1); a = tf.random.normal((2,)); tf.random.set_seed(1); b = tf.random.normal((2,))", "np.allclose(a, b)", "3"),
    Row(_T + "tf.set_random_seed(1)"),
    Row(_T + "a = tf.constant([1, 2])", "a.dtype == 'int32' and a.numpy().tolist() == [1, 2]", "3"),
    Row(_T + "a = tf.constant([1.0, 2.0])", "a.dtype == 'float32'", "3"),
    Row(_T + "a = tf.convert_to_tensor(np.ones(2), dtype=tf.float32)", "a.dtype == 'float32'", "3"),
    Row(_T + "a = tf.reduce_mean([[1.0, 3.0]], axis=1)", "a.numpy().tolist() == [2]", "3"),
    Row(_T + "a = tf.reduce_sum(tf.square([1.0, 2.0]))", "float(a) == 5", "3"),
    Row(_T + "a = tf.math.reduce_max([1.0, 2.0]); b = tf.math.log(1.0)", "float(a) == 2 and float(b) == 0", "3"),
    Row(_T + "a = tf.nn.relu([-1.0, 1.0]); b = tf.nn.softmax([[0.0, 0.0]])", "a.tolist() == [0, 1] and b.tolist() == [[0.5, 0.5]]", "3"),
    Row(_T + "a = tf.cast([1.7], tf.int32)", "a.tolist() == [1]", "3"),
    Row(_T + "a = tf.shape(np.ones((2, 3)))", "a.tolist() == [2, 3]", "3"),
    Row(_T + "v = tf.Variable([1.0]); v.assign_add([1.0])", "v.numpy().tolist() == [2]", "3"),
    Row(_T + "d = tf.data.Dataset.from_tensor_slices((np.arange(5), np.arange(5))).batch(2).prefetch(tf.data.AUTOTUNE)", "len(d) == 3 and [y.tolist() for x, y in d][0] == [0, 1]", "3"),
    Row(_T + "d = tf.data.Dataset.range(4).map(lambda n: n * 2)", "[int(n) for n in d] == [0, 2, 4, 6]", "3"),
    Row(_T + "g = tf.config.list_physical_devices('CPU')", "g[0].device_type == 'CPU'", "3"),
    Row(_T + "g = tf.test.is_gpu_available()", "g in (True, False)", "2.15"),
    Row(_T + "import tensorflow.compat.v1 as tf1; tf1.disable_v2_behavior(); s = tf1.keras.layers.Dense", "s == hb.layers.Dense", "2.15"),
    Row(_T + "tf.GradientTape()", era="3", refused="value_and_grad"),
    Row(_T + "tf.placeholder(tf.float32)", refused="Input"),
    Row(_T + "tf.estimator", refused="hornbeam.Model"),
    Row(_T + "f = tf.function(lambda x: x + 1)", "f(1) == 2", "3"),
]  # fmt: skip

_METRIC = (
    "from keras.models import Sequential; from keras.layers import Activation\nm = Sequential([Activation('linear', input_shape=(1,))])\n"
    "m.compile('sgd', 'mse', metrics=[{name!r}])\nx = np.float32([[1], [1], [0], [1]]); t = np.float32([[1], [0], [1], [1]])\n"
    "y = m.evaluate(x, t, batch_size=2, verbose=0)[1]"
)

BEHAVIOUR = [
    # the batches: (1, 1) against (1, 0), then (0, 1) against (1, 1)
    Row(_METRIC.format(name="precision"), "np.isclose(y, (0.5 + 1) / 2, atol=1e-5)", "1"),
    Row(_METRIC.format(name="recall"), "np.isclose(y, (1 + 0.5) / 2, atol=1e-5)", "1"),
    Row(_METRIC.format(name="fmeasure"), "np.isclose(y, 2 / 3, atol=1e-5)", "1"),
    Row(_METRIC.format(name="fbeta_score"), "np.isclose(y, 2 / 3, atol=1e-5)", "1"),
    Row(_METRIC.format(name="matthews_correlation"), "np.isclose(y, 0, atol=1e-5)", "1"),
    Row("from keras.metrics import precision as f; y = f(np.float32([[1], [0]]), np.float32([[1], [1]]))", "np.allclose(y, 0.5)", "1"),
    Row("from keras.preprocessing.text import Tokenizer; import warnings; warnings.simplefilter('ignore'); t = Tokenizer(nb_words=3); t.fit_on_texts(['a b b c', 'b a'])", "t.num_words == 3 and t.texts_to_sequences(['a b c']) == [[2, 1]]", "1"),
    Row("from keras.preprocessing.text import Tokenizer; t = Tokenizer(oov_token='<u>'); t.fit_on_texts([\"it's a-b\"])", "t.word_index == {'<u>': 1, \"it's\": 2, 'a': 3, 'b': 4}"),
    Row("from keras.preprocessing.text import Tokenizer; t = Tokenizer(); t.fit_on_texts(['a b b']); y = t.texts_to_matrix(['b b a'], 'tfidf')", "y.shape == (1, 3) and np.isclose(y[0, 1], (1 + np.log(2)) * np.log(1 + 1 / 2))"),
    *[Row(f"from keras.preprocessing.text import Tokenizer; t = Tokenizer(); t.fit_on_texts([['a', 'b'], ['b']]); y = t.texts_to_matrix(['b b a x'], {mode!r})", f"np.allclose(y[0], {row})") for mode, row in
      [("binary", [0, 1, 1]), ("count", [0, 2, 1]), ("freq", [0, 2 / 3, 1 / 3])]],
    Row("from keras.preprocessing.text import Tokenizer, tokenizer_from_json; t = Tokenizer(); t.fit_on_texts(['a b']); u = tokenizer_from_json(t.to_json())", "u.word_index == t.word_index"),
    Row("from keras.preprocessing.text import hashing_trick; y = hashing_trick('a b', 50, 'md5')", "all(0 < n < 50 for n in y)"),
    Row("from keras.preprocessing.text import one_hot; y = one_hot('a a', 50)", "y[0] == y[1] == hash('a') % 49 + 1"),
    Row("from keras.preprocessing.sequence import pad_sequences; y = pad_sequences([[1, 2, 3], [4]], maxlen=2)", "y.tolist() == [[2, 3], [0, 4]] and y.dtype == 'int32'"),
    Row("from keras.preprocessing.sequence import pad_sequences; y = pad_sequences([[1, 2, 3], [4]], maxlen=2, padding='post', truncating='post', value=9)", "y.tolist() == [[1, 2], [4, 9]]"),
    Row("from keras.preprocessing.image import ImageDataGenerator; g = ImageDataGenerator(width_shift_range=0.1, validation_split=0.25, rescale=1 / 255); g.fit(np.ones((4, 8, 8, 1))); b = next(g.flow(np.ones((4, 8, 8, 1)), np.zeros(4), batch_size=2, subset='training'))", "b[0].shape == (2, 8, 8, 1)"),
    Row("from keras.preprocessing.image import ImageDataGenerator as G; g = G(samplewise_center=True); a = g.standardize(np.arange(4.0).reshape(2, 2, 1)); b = g.random_transform(np.ones((2, 2, 1)))", "np.isclose(a.mean(), 0) and callable(g.flow_from_directory) and callable(g.flow_from_dataframe)"),
    Row("from keras.models import model_from_json; from keras.models import Sequential; from keras.layers import Dense; m = Sequential([Dense(2, input_dim=3)]); n = model_from_json(m.to_json())", "n.output_shape == (None, 2)"),
]  # fmt: skip

STAND_INS = [
    Row(_ONE + "from keras.optimizers import Adadelta; m.compile(Adadelta, 'mse')", "float(m.optimizer.learning_rate) == 1"),
    Row(_ONE + "d = m.layers[0]", "isinstance(d, Dense) and type(d) == Dense and isinstance(m, Model) and Dense.__name__ == 'Dense'"),
    Row(_ONE + "def f(layer: Dense | None, model: None | Model): pass", "f.__annotations__['layer'] == hb.layers.Dense | None"),
    Row(_ONE + "import pickle", "pickle.loads(pickle.dumps(Dense)) == Dense and hash(Dense) == hash(hb.layers.Dense)"),
    Row(_ONE + "class My(Model):\n    def __init__(self):\n        super().__init__(); self.d = Dense(output_dim=1)\n    def call(self, x): return self.d(x)\ny = My().predict(x)", "y.shape == (5, 1)"),
    Row(_ONE + "class My(Dense):\n    def __init__(self, n):\n        super().__init__(output_dim=n, init='one', W_regularizer='l2')\nl = My(3)", "l.units == 3 and type(l.kernel_initializer) is hb.initializers.Ones and l.kernel_regularizer is not None", "1"),
    Row(_ONE + "class My(Dense):\n    def __init__(self, **words):\n        super(My, self).__init__(**words)\nl = My(output_dim=3, input_dim=2)\nm = Sequential([l])", "m.output_shape == (None, 3)", "1"),
    Row(_ONE + "class My(Dense):\n    pass\nl = My(output_dim=3, activation='hard_sigmoid')\nn = My.from_config(l.get_config())", "n.units == 3 and l.get_config()['units'] == 3 and My.declares_fields() and n.activation is l.activation", "1"),
    Row(_ONE + "from keras.layers import LSTM\nclass My(LSTM):\n    def __init__(self, n):\n        super().__init__(n)\nl = My(2)", "l.cell.recurrent_activation.__name__ == 'hard_sigmoid_of_keras_2' and l(np.ones((1, 3, 2), 'float32')).shape == (1, 2)"),
    Row(_ONE + "class My(Model):\n    def __init__(self):\n        a = Input((2,)); super().__init__(input=a, output=Dense(output_dim=3)(a))\ny = My().predict(np.ones((4, 2)))", "y.shape == (4, 3)", "1"),
    Row(_ONE + "class My(Model):\n    pass\na = Input((2,)); m = My(input=a, output=Dense(3)(a)); n = My.from_config(m.get_config())", "m.is_functional and n.output_shape == (None, 3)", "1"),
    Row(_ONE + "from keras.optimizers import RMSprop\nclass My(RMSprop):\n    def __init__(self):\n        super().__init__(lr=0.5)\no = My()", "float(o.learning_rate) == 0.5 and isinstance(o, hb.legacy.optimizers.RMSprop)"),
    Row(_ONE + "from keras.callbacks import ModelCheckpoint\nclass My(ModelCheckpoint):\n    def __init__(self, path):\n        super().__init__(path, period=1)\nc = My('x.keras')", "c.save_freq == 'epoch'"),
    Row(_ONE + "import inspect", "list(inspect.signature(Dense).parameters)[0] == 'units'"),
    Row(_ONE + "from keras.optimizers import SGD; from keras.callbacks import ReduceLROnPlateau, LearningRateScheduler\nm.compile(SGD(lr=0.1, decay=0.5), 'mse'); h = m.fit(x, x[:, :1], epochs=3, verbose=0, callbacks=[LearningRateScheduler(lambda epoch: 0.2 / (epoch + 1)), ReduceLROnPlateau(monitor='loss', patience=1)])", "np.isclose(float(m.optimizer.lr), 0.2 / 3) and np.isclose(float(m.optimizer._rate_at(1, m.optimizer.rate())), 0.2 / 3 / 1.5)"),
    Row("import tensorflow as tf; y = tf.keras.layers.Dense(1)(tf.ones((2, 3))).numpy()", "type(y) is np.ndarray and y.shape == (2, 1)", "2.15"),
    Row("import tensorflow as tf; y = tf.range(start=0, limit=3, delta=1).numpy()", "y.tolist() == [0, 1, 2]", "2.15"),
    Row("import tensorflow as tf; o = tf.optimizers.Adam(lr=0.1)", "np.isclose(float(o.learning_rate), 0.1)", "2.15"),
    Row(_ONE + "from keras.layers import Layer\nclass My(Layer):\n    def build(self, shape):\n        self.w = self.add_weight('scale', shape=[shape[-1]], initializer='ones')\n    def call(self, x):\n        return x * self.w\ny = My()(np.ones((1, 2), 'float32'))", "y.tolist() == [[1, 1]]", "2.15"),
    Row(_ONE + "from keras.layers import LSTM; r = Sequential([LSTM(2, stateful=True, batch_input_shape=(1, 3, 1))]); o = np.ones((1, 3, 1)); a = r.predict(o); b = r.predict(o); r.reset_states(); c = r.predict(o)", "(a == c).all() and not (a == b).all()"),
    Row(_ONE + "import os, tempfile\nfrom keras.callbacks import ModelCheckpoint\np = tempfile.mkdtemp() + '/cp-{epoch:02d}.ckpt'\nm.compile('sgd', 'mse'); h = m.fit(x, x[:, :1], epochs=2, verbose=0, callbacks=[ModelCheckpoint(p, save_weights_only=True, period=1)]); w = m.get_weights()\nm.set_weights([0 * a for a in w]); m.load_weights(p.format(epoch=2))", "all((a == b).all() for a, b in zip(m.get_weights(), w))", "2.15"),
    Row(_ONE + "from keras.utils import Sequence\nclass S(Sequence):\n    def __len__(self):\n        return 2\n    def __getitem__(self, i):\n        return x[:2], x[:2, :1]\nm.compile('sgd', 'mse'); h = m.fit_generator(generator=S(), epochs=1, verbose=0)", "len(h.epoch) == 1"),
    Row(_ONE + "n = Model.from_config(Model(m.inputs, m.outputs).get_config())", "n.output_shape == (None, 1)"),
]  # fmt: skip

ROWS = {
    "eras": ERAS,
    "paths": PATHS,
    "names": NAMES,
    "methods": METHODS,
    "keywords": KEYWORDS,
    "backend": BACKEND,
    "tensorflow": TENSORFLOW,
    "behaviour": BEHAVIOUR,
    "stand-ins": STAND_INS,
}
