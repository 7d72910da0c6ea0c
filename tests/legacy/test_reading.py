"""``hornbeam check``: what is old in a script, with its lines; and ``--fix``: the same script in today's words."""

# ruff: noqa: E501  (old code in one line)

import io
from contextlib import redirect_stdout

import pytest

import hornbeam
from hornbeam import cli, legacy
from hornbeam.core.errors import ArgumentError
from hornbeam.legacy.finding import infer
from hornbeam.legacy.fixing import fixed
from hornbeam.legacy.reading import inferred, read

LESSON = '''\
"""A lesson of 2016."""
# data first
import numpy as np
import keras.backend as K
from keras.models import Sequential, Model
from keras.layers.core import Dense, Dropout  # core
from keras.layers import Input, LSTM, Convolution2D, Flatten, MaxoutDense
from keras.layers.normalization import BatchNormalization
from keras.optimizers import SGD
from keras.utils import np_utils
import tensorflow as tf

tf.set_random_seed(3)
x = np.random.RandomState(0).rand(8, 6, 6, 1).astype("float32")
y = np_utils.to_categorical([0, 1] * 4, nb_classes=2)

model = Sequential()
model.add(Convolution2D(2, 3, 3, border_mode="same",
                        input_shape=(6, 6, 1), activation="relu"))  # a window
model.add(Flatten())
model.add(Dropout(p=0.25))
model.add(MaxoutDense(4, nb_feature=2))
model.add(BatchNormalization(mode=0))
model.add(Dense(output_dim=2, init="uniform", activation="softmax"))
model.compile(loss="categorical_crossentropy",
              optimizer=SGD(lr=0.1, decay=0.5, momentum=0.9), metrics=["accuracy"])
history = model.fit(x, y, nb_epoch=3, batch_size=4, verbose=0)
print(history.history["loss"], history.history["acc"])
print(model.predict_proba(x, verbose=0)[0], float(K.mean(y)))

a = Input(shape=(5, 2))
m = Model(input=a, output=Dense(1, activation="hard_sigmoid")(LSTM(3, inner_init="zero")(a)))
m.compile("adagrad", "mse")
print(m.fit(np.ones((4, 5, 2)), np.ones((4, 1)), batch_size=2, verbose=0).history["loss"])
print(m.layers[-1].output_shape)
'''


def test_what_is_old_is_listed_with_its_lines():
    lines = [(one.line, one.what, one.write) for one in read(LESSON) if one.is_old]
    for expected in [
        (6, "from keras.layers.core import", "from hornbeam.layers import Dense, Dropout"),
        (7, "Convolution2D", None),
        (18, "Convolution2D(2, 3, 3)", "2, kernel_size=(3, 3)"),
        (18, "Conv2D(border_mode=)", 'padding="same"'),
        (21, "Dropout(p=)", "rate=0.25"),
        (24, "Dense(output_dim=)", "units=2"),
        (26, "SGD(decay=)", "learning_rate=hornbeam.optimizers.schedules.InverseTimeDecay(0.1, 1, 0.5)"),
        (27, "fit(nb_epoch=)", "epochs=3"),
        (29, ".predict_proba", "predict"),
        (32, "Model(input=)", "inputs=a"),
        (32, "LSTM() without recurrent_activation", "recurrent_activation='hard_sigmoid_of_keras_2'"),
        (33, "optimizer='adagrad'", "hornbeam.legacy.optimizers.Adagrad(learning_rate=0.01, initial_accumulator_value=0.0, epsilon=1e-08)"),
        (34, "fit() without epochs", "epochs=10"),
    ]:  # fmt: skip
        if expected[2] is not None:
            assert expected in lines


def test_the_era_is_inferred_from_the_idioms():
    assert inferred(LESSON)[0] == "1"
    cases = {
        "from keras.layers import Dense": "3",
        "from keras.layers.normalization import BatchNormalization": "2.2",
        "from keras.optimizers import Adam\nAdam(lr=0.1)": "2.15",
        "model.predict_classes(x)": "2.15",
        "from keras.callbacks import EarlyStopping\nEarlyStopping(monitor='val_acc')": "2.2",
        "model.compile('sgd', metrics=['acc'])\nprint(h.history['val_acc'])": "3",
        "from keras.layers import Dense\nDense(output_dim=3)": "1",
        "from keras.layers import Convolution2D\nConvolution2D(32, 3, 3)": "1",
        "from keras.layers import Conv2D\nConv2D(32, 3, 3)": "3",
        "from tensorflow.keras.optimizers import Adam\nAdam(lr=0.1)": "2.15",
        "import numpy": "3",
    }
    assert {text: inferred(text)[0] for text in cases} == cases


def test_idioms_of_two_eras_are_told_apart():
    era, strangers = inferred(
        "from keras.layers import Dense\nDense(output_dim=3, init='one')\nDense(output_dim=3)\nDense(kernel_initializer='ones', units=2)"
    )
    assert (era, [one.line for one in strangers]) == ("1", [4, 4])
    assert infer([]) == ("3", [])


def output_of(text, name="lesson.py"):
    hornbeam.utils.clear_session()
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(text, name, "exec"), {"__name__": "__main__"})
    return printed.getvalue()


def test_the_fixed_script_gives_the_same_results_without_the_entrance():
    legacy.install(era="1", quiet=True)
    try:
        then = output_of(LESSON)
    finally:
        legacy.uninstall()
    today = fixed(LESSON)
    hornbeam.utils.set_random_seed(0)
    assert output_of(today) == then
    assert then.count("\n") == 4
    assert not [one for one in read(today, "3") if one.is_old]


def test_fixing_keeps_comments_and_layout():
    today = fixed(LESSON)
    assert today.startswith('"""A lesson of 2016."""\n')
    for kept in (
        "# data first\n",
        "from hornbeam.layers import Dense, Dropout  # core\n",
        'model.add(Convolution2D(2, kernel_size=(3, 3), padding="same",\n'
        '                        input_shape=(6, 6, 1), activation="relu"))  # a window\n',
        "model.add(BatchNormalization())\n",
        "model.add(Dropout(rate=0.25))\n",
    ):
        assert kept in today
    assert fixed(today) == today


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("import keras\n", "import hornbeam as keras\n"),
        ("import keras.layers as L\n", "import hornbeam.layers as L\n"),
        (
            "import keras\nkeras.layers.CuDNNGRU(3, name='a')\n",
            "import hornbeam as keras\nkeras.layers.GRU(3, name='a')\n",
        ),
        ("from keras import backend as K\n", "from hornbeam.legacy import backend as K\n"),
        ("from tensorflow.keras import layers, Model\n", "from hornbeam import layers, Model\n"),
        ("from tensorflow import keras\n", "import hornbeam as keras\n"),
        ("from keras.layers import CuDNNLSTM\n", "from hornbeam.layers import LSTM as CuDNNLSTM\n"),
        ("from keras.wrappers.scikit_learn import KerasClassifier\n", "from hornbeam.sklearn import KerasClassifier\n"),
        (
            "from scikeras.wrappers import KerasClassifier\n",
            "from hornbeam.sklearn import HornbeamClassifier as KerasClassifier\n",
        ),
        (
            "import scikeras.wrappers as w\nw.KerasRegressor()\n",
            "import hornbeam.sklearn as w\nw.HornbeamRegressor()\n",
        ),
        ("import os, keras\n", "import os\nimport hornbeam as keras\n"),
        ("from keras.callbacks import EarlyStopping\n", "from hornbeam.callbacks import EarlyStopping\n"),
        ("if True:\n    import keras\n", "if True:\n    import hornbeam as keras\n"),
        ("model.fit_generator(generator=g, epochs=2)\n", "model.fit(x=g, epochs=2)\n"),
        (
            "model.fit_generator(g(), samples_per_epoch=n)\nmodel.predict_generator(generator=g, val_samples=8)\n",
            "import hornbeam.legacy.samples\nhornbeam.legacy.samples.fit(model, g(), samples_per_epoch=n)\n"
            "hornbeam.legacy.samples.predict(model, x=g, val_samples=8)\n",
        ),
        (
            "model.add_loss(K.mean(kl))\nself.add_loss(kl)\n",
            "import hornbeam.legacy.graphs\nhornbeam.legacy.graphs.add_loss(model, K.mean(kl))\nself.add_loss(kl)\n",
        ),
        ("model.reset_states()\n", "model.reset_state()\n"),
        (
            "path = 'a/cp-{epoch:04d}.ckpt'\nModelCheckpoint(path, save_weights_only=True)\nm.load_weights('a/cp-0002.ckpt')\n",
            "path = 'a/cp-{epoch:04d}.weights.h5'\nModelCheckpoint(path, save_weights_only=True)\nm.load_weights('a/cp-0002.weights.h5')\n",
        ),
        (
            "ModelCheckpoint(filepath=os.path.join(d, 'best.ckpt'))\nm.load_weights(d + '/best.ckpt')\nload_model(their + 'ckpt')\n",
            "ModelCheckpoint(filepath=os.path.join(d, 'best.keras'))\nm.load_weights(d + '/best.keras')\nload_model(their + 'ckpt')\n",
        ),
        (
            "m.save('out/', save_format='tf')\nload_model('out')\ny['out']\nm.save_weights('w%d' % 3)\nm.load_weights('w3')\n",
            "m.save('out.keras')\nload_model('out.keras')\ny['out']\nm.save_weights('w%d.weights.h5' % 3)\nm.load_weights('w3.weights.h5')\n",
        ),
        (
            "import numpy as np\nnp.save('model', y)\nfig.save('a.png')\nm.save(f'{a}.h5')\nm.save_weights('v{epoch:.2f}')\n",
            "import numpy as np\nnp.save('model', y)\nfig.save('a.png')\nm.save(f'{a}.keras')\nm.save_weights('v{epoch:.2f}.weights.h5')\n",
        ),
        (
            "import tensorflow as tf\ntf.keras.models.load_model(p)\n",
            "import hornbeam\nfrom hornbeam.legacy import tensorflow as tf\nhornbeam.models.load_model(p)\n",
        ),
        ("self.add_weight('w', shape=(3,))\n", "self.add_weight(name='w', shape=(3,))\n"),
        (
            "import tensorflow as tf\ntf.optimizers.SGD()\n",
            "import hornbeam\nfrom hornbeam.legacy import tensorflow as tf\nhornbeam.optimizers.SGD()\n",
        ),
        ("model.evaluate_generator(g, 3)\n", "model.evaluate(g, steps=3)\n"),
        ("model.predict_proba(x).mean()\n", "model.predict(x).mean()\n"),
        ("model.optimizer.lr\n", "model.optimizer.learning_rate\n"),
        ("model.fit(x, y, workers=3, verbose=0)\n", "model.fit(x, y, verbose=0)\n"),
        (
            "for layer in model.layers:\n    layer.output_shape\n",
            "for layer in model.layers:\n    layer.output.shape\n",
        ),
        ("l = model.get_layer('a')\nl.input_shape\n", "l = model.get_layer('a')\nl.input.shape\n"),
        ("model.save('a.h5')\nload_model('a.h5')\n", "model.save('a.keras')\nload_model('a.keras')\n"),
        (
            "model.save_weights(\"w.h5\")\nmodel.load_weights('w.h5')\n",
            "model.save_weights(\"w.weights.h5\")\nmodel.load_weights('w.weights.h5')\n",
        ),
        ("load_model('theirs.h5')\n", "load_model('theirs.h5')\n"),
        (
            "import tensorflow as tf\ny = f(x).numpy()\n",
            "import hornbeam\nfrom hornbeam.legacy import tensorflow as tf\ny = hornbeam.ops.convert_to_numpy(f(x))\n",
        ),
        (
            "import tensorflow as tf\ntf.data.experimental.AUTOTUNE\n",
            "import hornbeam.legacy.flows\nfrom hornbeam.legacy import tensorflow as tf\nhornbeam.legacy.flows.experimental.AUTOTUNE\n",
        ),
        ("model.compile('adam', 'mse', ['mae'])\n", "model.compile('adam', loss='mse', metrics=['mae'])\n"),
    ],
)
def test_a_line_is_written_as_today(old, new):
    assert fixed(old, "2.15") == new


@pytest.mark.parametrize(
    ("era", "old", "new"),
    [
        ("2.2", "from keras.optimizers import RMSprop\nRMSprop(lr=0.1)\n", "import hornbeam.legacy.optimizers\nfrom hornbeam.optimizers import RMSprop\nhornbeam.legacy.optimizers.RMSprop(learning_rate=0.1)\n"),
        ("2.2", "model.compile('nadam', 'mse')\n", "import hornbeam.legacy.optimizers\nmodel.compile(hornbeam.legacy.optimizers.Nadam(learning_rate=0.002), 'mse')\n"),
        ("2.2", "from keras.optimizers import Nadam\nNadam(schedule_decay=0.1)\n", "import hornbeam.legacy.optimizers\nfrom hornbeam.optimizers import Nadam\nhornbeam.legacy.optimizers.Nadam(schedule_decay=0.1, learning_rate=0.002)\n"),
        ("2.15", "from keras.optimizers import RMSprop\nRMSprop(0.1)\n", "from hornbeam.optimizers import RMSprop\nRMSprop(0.1)\n"),
        ("1", "from keras.layers import Convolution2D\nConvolution2D(n, k[0], k[1], subsample=(1, 1))\n", "from hornbeam.layers import Convolution2D\nConvolution2D(n, kernel_size=(k[0], k[1]), strides=(1, 1))\n"),
    ],
)  # fmt: skip
def test_a_line_is_written_as_today_by_its_era(era, old, new):
    assert fixed(old, era) == new
    assert fixed(new, era) == new


RATES = """\
import numpy as np
from keras.models import Sequential
from keras.layers import Dense
from keras.optimizers import SGD, RMSprop
from keras.callbacks import LearningRateScheduler, ReduceLROnPlateau

x = np.random.RandomState(0).rand(8, 3)
for optimizer in SGD(lr=0.1, momentum=0.9, decay=0.5), RMSprop(decay=0.5):
    model = Sequential([Dense(1, input_dim=3, kernel_initializer="ones")])
    model.compile(optimizer, "mse")
    plateau = ReduceLROnPlateau(monitor="loss", patience=1, min_delta=9.0, verbose=0)
    halving = LearningRateScheduler(lambda epoch: 0.1 / 2**epoch if epoch < 2 else float(model.optimizer.lr))
    history = model.fit(x, x[:, :1], epochs=4, batch_size=4, verbose=0, shuffle=False, callbacks=[halving, plateau])
    print(history.history["loss"], float(model.optimizer.lr))
"""


def test_a_rate_that_decays_and_is_set_by_callbacks_is_written_so_that_they_can():
    legacy.install(era="2.2", quiet=True)
    try:
        then = output_of(RATES)
    finally:
        legacy.uninstall()
    today = fixed(RATES, "2.2")
    assert "with_decay(SGD(learning_rate=0.1, momentum=0.9), 0.5)" in today
    assert "with_decay(hornbeam.legacy.optimizers.RMSprop(), 0.5)" in today
    assert output_of(today) == then
    assert fixed(today, "2.2") == today


HARD = """\
import numpy as np
import keras, tensorflow as tf
from keras import activations
from keras.activations import hard_sigmoid as hard, get
from keras.layers import Activation, Dense, LSTM
import keras.backend as K

x, name = np.ones(1), "hard_sigmoid"
for layer in [
    Activation(hard), Activation(keras.activations.hard_sigmoid), Activation(tf.keras.activations.hard_sigmoid),
    Activation(activations.get("hard_sigmoid")), Activation(get(name)), Activation("hard_sigmoid"),
    Dense(1, activation=name), Dense(1, "hard_sigmoid"), Dense(1, activation=activations.hard_sigmoid),
]:
    print(layer.get_config()["activation"], float(layer.activation(x)[0]))
for layer in LSTM(1, "tanh", "hard_sigmoid"), LSTM(1, recurrent_activation="hard_sigmoid"), LSTM(1, recurrent_activation=hard):
    print(layer.get_config()["recurrent_activation"])
print(hard(x), K.hard_sigmoid(x))
"""


@pytest.mark.parametrize(("era", "slope"), [("2.2", 0.2), ("2.15", 0.2), ("3", 1 / 6)])
def test_the_hard_sigmoid_has_the_slope_of_its_era_in_every_form(era, slope):
    legacy.install(era=era, quiet=True)
    try:
        then = output_of(HARD)
    finally:
        legacy.uninstall()
    shown = [line.split() for line in then.splitlines()]
    assert {name for name, *_ in shown[:-1]} == {"hard_sigmoid" if era == "3" else "hard_sigmoid_of_keras_2"}
    assert [float(value) for _, value in shown[:9]] == pytest.approx([0.5 + slope] * 9, rel=1e-6)
    assert output_of(fixed(HARD, era)) == then


LOSSES = """\
import numpy as np
from keras.layers import Input, Dense
from keras.models import Model
from keras import backend as K
a = Input((2,))
h = Dense(2, kernel_initializer="ones")(a)
model = Model(a, Dense(1, kernel_initializer="ones")(h))
model.add_loss(K.mean(K.square(h)))
model.add_loss(K.sum(K.square(a), axis=-1))
model.compile("sgd", None)
x = np.random.RandomState(0).rand(8, 2)
print(model.evaluate(x, verbose=0), (x.sum(-1) ** 2).mean() + (x**2).sum(-1).mean())
print(model.fit(x, epochs=2, batch_size=4, shuffle=False, verbose=0).history["loss"])
"""


def test_a_tensor_is_added_to_the_loss_of_a_model():
    legacy.install(era="2.2", quiet=True)
    try:
        then = output_of(LOSSES)
    finally:
        legacy.uninstall()
    found, expected = map(float, then.splitlines()[0].split())
    assert found == pytest.approx(expected, rel=1e-5)
    assert output_of(fixed(LOSSES, "2.2")) == then
    with pytest.raises(ArgumentError, match="a number that this layer's call"):
        output_of(LOSSES.replace("from keras", "from hornbeam").replace("import backend", "import ops"))


TENSORFLOW = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
import numpy as np

tf.random.set_seed(1)
x = np.random.RandomState(0).rand(8, 4).astype("float32")
data = tf.data.Dataset.from_tensor_slices((x, x[:, :1])).batch(4)
model = keras.Sequential([layers.Dense(4, activation=tf.nn.relu, input_shape=(4,)), tf.keras.layers.Dense(1)])
model.add(layers.LeakyReLU(alpha=0.2))
model.compile(optimizer=tf.keras.optimizers.Adam(lr=0.01), loss=lambda t, p: tf.reduce_mean(tf.math.square(t - p), axis=-1))
print(model.fit(data, epochs=2, verbose=0).history["loss"], tf.constant([1.0]).numpy())
"""


def test_a_script_over_tensorflow_is_fixed_too():
    legacy.install(era="2.15", quiet=True)
    try:
        then = output_of(TENSORFLOW)
    finally:
        legacy.uninstall()
    today = fixed(TENSORFLOW)
    assert "tf.keras" not in today
    assert output_of(today) == then


def test_the_command_lists_and_fixes(tmp_path, capsys):
    path, out = tmp_path / "lesson.py", tmp_path / "today.py"
    path.write_text("from keras.layers.core import Dense\nDense(output_dim=3)\n")
    assert cli.main(["check", str(path)]) == 1
    listed = capsys.readouterr().out
    assert f"{path}:2: Dense(output_dim=): works. Today: units=3" in listed
    assert "2 old things; code of Keras 1." in listed
    assert cli.main(["check", "--fix", str(out), str(path)]) == 0
    assert out.read_text() == "from hornbeam.layers import Dense\nDense(units=3)\n"
    assert cli.main(["check", str(out)]) == 0
    assert cli.main(["check", str(path), "--fix"]) == 0
    assert "Dense(units=3)" in capsys.readouterr().out


def test_refused_things_say_what_to_write():
    found = read("from keras.models import model_from_yaml\nmodel.to_yaml()\n")
    assert [one.write for one in found if "refused" in one.does] == ["Write model_from_json and to_json."] * 2


@pytest.mark.parametrize(
    ("arguments", "text", "said"),
    [
        ([], "x = (1,\n", "lesson.py:1: expected Python 3; got '(' was never closed."),
        (["--era", "9"], "import keras\n", "era: expected one of '1', '2.2', '2.15', '3'; got '9'."),
        ([], None, "expected a script or a notebook; got No such file or directory. Check the path."),
    ],
)
def test_what_cannot_be_checked_is_said_in_four_parts(arguments, text, said, tmp_path, capsys):
    path = tmp_path / "lesson.py"
    if text is not None:
        path.write_text(text)
    assert cli.main(["check", *arguments, str(path)]) == 2
    assert said in capsys.readouterr().err


def test_a_notebook_is_not_checked_as_if_it_were_a_script(tmp_path, capsys):
    path = tmp_path / "lesson.ipynb"
    path.write_text('{"cells": []}')
    assert cli.main(["check", str(path)]) == 2
    assert "expected a script; got a notebook" in capsys.readouterr().err
