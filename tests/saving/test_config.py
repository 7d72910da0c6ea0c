"""Models as plain values: get_config, JSON, clones."""

import json

import numpy as np
import pytest
from samples import CUSTOM, MODELS, Net, assert_same, functional, inputs, one_layer_at_two_depths, sequential

import hornbeam as keras
from hornbeam import layers
from hornbeam.core.errors import ArgumentError, FileError


@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_a_model_comes_back_from_json(make):
    model = make()
    again = keras.models.model_from_json(model.to_json(), custom_objects=CUSTOM)
    assert type(again) is type(model)
    assert again.name == model.name
    if make.__name__ not in ("subclass", "from_the_middle"):
        assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]
    again.set_weights(model.get_weights())
    assert_same(model, again)


@pytest.mark.parametrize("make", MODELS[:-1], ids=lambda make: make.__name__)
def test_the_config_of_a_model_from_its_config_is_the_same(make):
    config = make().get_config()
    json.dumps(config)
    model = keras.Sequential if "build_input_shape" in config else keras.Model
    assert model.from_config(config).get_config() == config


@pytest.mark.parametrize("make", MODELS, ids=lambda make: make.__name__)
def test_a_clone_has_the_same_layers_and_weights_of_its_own(make):
    model = make()
    if make.__name__ == "subclass":
        copy = keras.clone_model(model)
        assert isinstance(copy, Net)
        copy.predict(inputs(model), verbose=0)
    else:
        copy = keras.clone_model(model)
    assert not set(map(id, copy.weights)) & set(map(id, model.weights))
    copy.set_weights(model.get_weights())
    assert_same(model, copy)


def test_a_clone_function_makes_each_layer_but_the_inputs():
    seen = []

    def halved(layer):
        seen.append(type(layer).__name__)
        if isinstance(layer, layers.Dropout):
            return layers.Dropout(0.5, name=layer.name)
        return type(layer).from_config(layer.get_config())

    copy = keras.clone_model(sequential(), clone_function=halved)
    assert seen == ["Dense", "Dropout", "Dense"]
    assert copy.layers[1].rate == 0.5


def test_a_clone_can_stand_on_given_tensors():
    x = keras.Input((4,), name="mine")
    copy = keras.clone_model(one_layer_at_two_depths(), input_tensors=x)
    assert copy.input is x
    with pytest.raises(ArgumentError, match="2 tensors; got 1"):
        keras.clone_model(functional(), input_tensors=x)


def test_a_shared_layer_stays_one_layer():
    model = functional()
    again = keras.Model.from_config(model.get_config())
    shared = [layer for layer in again.layers if layer.name == "shared"]
    assert len(shared) == 1
    assert again.count_params() == model.count_params()


def test_a_layer_in_two_nested_models_stays_one_layer():
    model = MODELS[2]()
    again = keras.models.model_from_json(model.to_json())
    assert again.get_layer("first").layers[0] is again.get_layer("second").layers[0]


def test_functions_of_ops_and_activations_between_layers_are_kept():
    x = keras.Input((4, 3))
    y = keras.activations.softmax(layers.Dense(3)(x), axis=1)
    y = keras.ops.concatenate([y, keras.ops.sum(x, axis=-1, keepdims=True)], axis=-1)
    y = keras.ops.clip(keras.ops.reshape(y, (-1, 16)), 0.1, 0.9)
    y = keras.ops.where(y > 0.5, keras.ops.sqrt(y), keras.ops.maximum(y, 0.2))
    y = keras.ops.einsum("bi,bj->bij", y, y)
    model = keras.Model(x, y)
    again = keras.models.model_from_json(model.to_json())
    again.set_weights(model.get_weights())
    data = np.random.default_rng(0).normal(size=(2, 4, 3)).astype("float32")
    np.testing.assert_array_equal(model.predict(data, verbose=0), again.predict(data, verbose=0))


def test_the_settings_of_compile_come_back():
    def error(y_true, y_pred):
        return keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=-1)

    model = functional()
    model.compile(
        keras.optimizers.SGD(0.5, momentum=0.9),
        loss=["mse", error, keras.losses.Huber(delta=2.0)],
        loss_weights=[1.0, 0.5, 2.0],
        metrics=[["mae"], None, None],
    )
    again = keras.models.model_from_json(model.to_json(), custom_objects={"error": error})
    assert again.get_compile_config() == model.get_compile_config()
    assert again.loss[1] is error
    assert again.loss[2].delta == 2.0
    with pytest.raises(FileError, match="custom_objects=.*'error'"):
        keras.models.model_from_json(model.to_json())


def test_a_registered_class_needs_no_custom_objects():
    @keras.utils.register_keras_serializable("lessons")
    class Double(layers.Layer):
        def call(self, x):
            return 2 * x

    model = keras.Sequential([keras.Input((2,)), Double()])
    assert json.loads(model.to_json())["config"]["layers"][1]["registered_name"] == "lessons>Double"
    assert isinstance(keras.models.model_from_json(model.to_json()).layers[0], Double)


def test_a_class_that_nobody_passes_is_named_in_the_error():
    class Mine(layers.Layer):
        def call(self, x):
            return x

    text = keras.Sequential([keras.Input((2,)), Mine()]).to_json()
    with pytest.raises(FileError, match=r"got .*Mine.*custom_objects=\{'Mine': …\}"):
        keras.models.model_from_json(text)


def test_a_class_of_the_users_with_a_name_of_ours_is_not_ours():
    class Dense(layers.Layer):
        def call(self, x):
            return -x

    text = keras.Sequential([keras.Input((2,)), Dense()]).to_json()
    with pytest.raises(FileError, match="Dense"):
        keras.models.model_from_json(text)
    again = keras.models.model_from_json(text, custom_objects={"Dense": Dense})
    np.testing.assert_array_equal(again.predict(np.ones((1, 2), "float32"), verbose=0), [[-1, -1]])


def test_a_lambda_comes_back_with_the_function_that_is_passed_under_its_name():
    model = keras.Sequential([keras.Input((2,)), layers.Lambda(lambda x: x + 1, name="plus_one")])
    with pytest.raises(FileError, match="custom_objects"):
        keras.models.model_from_json(model.to_json())
    again = keras.models.model_from_json(model.to_json(), custom_objects={"plus_one": lambda x: x + 1})
    np.testing.assert_array_equal(again.predict(np.zeros((1, 2), "float32"), verbose=0), [[1, 1]])


def test_two_layers_of_one_name_cannot_be_described():
    x = keras.Input((2,))
    model = keras.Model(x, layers.Dense(2, name="twin")(layers.Dense(2, name="twin")(x)))
    with pytest.raises(ArgumentError, match="different names; got two called 'twin'"):
        model.get_config()


def test_a_layer_whose_config_is_no_json_is_named():
    class Odd(layers.Layer):
        def call(self, x):
            return x

        def get_config(self):
            return {"thing": object()}

    with pytest.raises(ArgumentError, match="get_config"):
        keras.Sequential([keras.Input((2,)), Odd()]).to_json()


def test_a_frozen_model_comes_back_frozen():
    model = sequential()
    model.layers[0].trainable = False
    again = keras.models.model_from_json(model.to_json())
    assert [layer.trainable for layer in again.layers] == [False, True, True]


def test_a_model_that_is_not_built_comes_back_so():
    model = keras.Sequential([layers.Dense(3), layers.Dense(1)])
    again = keras.models.model_from_json(model.to_json())
    assert not again.built
    again.build((None, 4))
    assert again.count_params() == 19
