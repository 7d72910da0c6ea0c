"""model.summary() looks as the decks print it, and cuts nothing."""

import re

import pytest

import hornbeam as keras
from hornbeam import layers
from hornbeam.core.errors import ArgumentError

# deck 002, page "The model", as it came out of R's keras, 75 characters wide
DECK = """\
Model: "sequential_1"
___________________________________________________________________________
Layer (type) Output Shape Param #
===========================================================================
dense (Dense) (None, 256) 200960
___________________________________________________________________________
dropout (Dropout) (None, 256) 0
___________________________________________________________________________
dense_1 (Dense) (None, 128) 32896
___________________________________________________________________________
dropout_1 (Dropout) (None, 128) 0
___________________________________________________________________________
dense_2 (Dense) (None, 10) 1290
===========================================================================
Total params: 235,146
Trainable params: 235,146
Non-trainable params: 0
___________________________________________________________________________
"""


@pytest.fixture(autouse=True)
def _fresh_names():
    keras.utils.clear_session()


def lines_of(model, **words):
    lines = []
    model.summary(print_fn=lines.append, **words)
    return lines


def rows_of(model, **words):
    """The rows between the two thick lines, without the thin ones."""
    lines = lines_of(model, **words)
    start = next(number for number, line in enumerate(lines) if set(line) == {"="})
    end = next(number for number in range(start + 1, len(lines)) if set(lines[number]) == {"="})
    return [line for line in lines[start + 1 : end] if set(line) != {"_"}]


def two_inputs():
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    shared = layers.Dense(3, name="shared")
    chain = keras.Sequential([layers.Dense(5, name="one"), layers.Dense(2, name="two")], name="chain")
    inner_in = keras.Input((3,), name="inner_in")
    inner = keras.Model(
        inner_in,
        {"u": layers.Dense(2, name="left")(inner_in), "v": layers.Dense(1, name="right")(inner_in)},
        name="inner",
    )
    both = shared(a) + shared(b) * 2.0
    return keras.Model([a, b], [chain(both), inner(both)["u"]], name="two_inputs")


def test_the_summary_is_the_one_in_the_deck():
    keras.Sequential()  # the deck's model was its session's second
    model = keras.Sequential(
        [
            layers.Dense(256, activation="relu", input_shape=(784,)),
            layers.Dropout(0.4),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.3),
            layers.Dense(10, activation="softmax"),
        ]
    )
    lines = lines_of(model, line_length=75)
    assert [re.sub(" +", " ", line) for line in lines] == DECK.splitlines()


def test_columns_end_where_positions_say():
    model = keras.Sequential([layers.Dense(10, input_dim=4)])
    fractions = lines_of(model, line_length=100, positions=[0.5, 0.8, 1.0])
    assert fractions[2] == "Layer (type)".ljust(50) + "Output Shape".ljust(30) + "Param #"
    assert fractions == lines_of(model, line_length=100, positions=[50, 80, 100])
    assert {len(line) for line in fractions if set(line) <= {"_"} or set(line) <= {"="}} == {100}
    with pytest.raises(ArgumentError, match="3 ends of columns; got 2"):
        model.summary(positions=[0.5, 1.0])


def test_nothing_is_cut_however_long_the_names():
    long = "a_layer_with_a_name_that_no_column_of_a_summary_was_ever_made_for"
    model = keras.Sequential([layers.Dense(10, input_dim=4, name=long), layers.Dense(1)])
    for words in ({}, {"line_length": 20}, {"line_length": 200}):
        lines = lines_of(model, **words)
        rows = rows_of(model, **words)
        assert rows[0].startswith(f"{long} (Dense) ")
        column = lines[2].index("Output Shape")
        assert all(row[column - 1] == " " and row[column:].startswith("(None") for row in rows)


def test_it_is_printed_when_nobody_takes_the_lines(capsys):
    model = keras.Sequential([layers.Dense(10, input_dim=4)])
    assert model.summary() is None
    assert capsys.readouterr().out == "\n".join(lines_of(model)) + "\n"


def test_a_graph_says_what_each_layer_is_connected_to():
    rows = [re.sub(" +", " ", row) for row in rows_of(two_inputs())]
    assert rows == [
        "a (InputLayer) (None, 4) 0",
        "b (InputLayer) (None, 4) 0",
        "shared (Dense) (None, 3) 15 a[0][0]",
        " b[0][0]",
        "multiply (Multiply) (None, 3) 0 shared[1][0]",
        "add (Add) (None, 3) 0 shared[0][0]",
        " multiply[0][0]",
        "chain (Sequential) (None, 2) 32 add[0][0]",
        "inner (Functional) {'u': (None, 2), 'v': (None, 1)} 12 add[0][0]",
    ]
    assert lines_of(two_inputs())[2].rstrip().endswith("Connected to")


def test_a_chain_made_as_a_graph_needs_no_such_column():
    x = keras.Input((4,))
    model = keras.Model(x, layers.Dense(2)(layers.Dense(3)(x)))
    assert "Connected to" not in lines_of(model)[2]
    assert len(rows_of(model)) == 3


def test_inner_models_can_be_expanded():
    rows = rows_of(two_inputs(), expand_nested=True)
    names = [row.split(" (")[0] for row in rows if not row.startswith("    ")]
    assert names[-6:] == [" └ one", " └ two", "inner", " └ inner_in", " └ left", " └ right"]


def test_models_in_inner_models_stand_further_in():
    inner = keras.Sequential([keras.Sequential([layers.Dense(2, name="deep")], name="middle")], name="inner")
    rows = rows_of(keras.Sequential([keras.Input((3,)), inner]), expand_nested=True)
    assert [row.split(" (")[0] for row in rows] == ["inner", " └ middle", "    └ deep"]


def test_a_column_can_say_what_is_trained():
    model = keras.Sequential([layers.Dense(3, input_dim=4), layers.Dropout(0.5), layers.Dense(1)])
    model.layers[0].trainable = False
    assert [row.split()[-1] for row in rows_of(model, show_trainable=True)] == ["N", "-", "Y"]
    assert lines_of(model)[-4:-1] == ["Total params: 19", "Trainable params: 4", "Non-trainable params: 15"]
    model.summary(positions=[0.3, 0.6, 0.8, 1.0], show_trainable=True, print_fn=len)


def test_a_part_of_the_layers_can_be_shown():
    model = keras.Sequential([keras.Input((4,)), *(layers.Dense(2, name=f"block{n}_dense") for n in range(5))])
    names = [row.split(" (")[0] for row in rows_of(model, layer_range=["block1_dense", "block3.*"])]
    assert names == ["block1_dense", "block2_dense", "block3_dense"]
    with pytest.raises(ArgumentError, match="layer_range.*got 'block9'"):
        model.summary(layer_range=["block9", "block1_dense"])


def test_a_layer_used_on_several_shapes_says_so():
    a, b = keras.Input((None, 4)), keras.Input((7, 4))
    dense = layers.Dense(2, name="dense")
    model = keras.Model([a, b], [dense(a), dense(b)])
    assert "multiple" in next(row for row in rows_of(model) if row.startswith("dense"))


def test_a_model_without_weights_says_what_to_do():
    lines = lines_of(keras.Sequential([layers.Dense(3), layers.Dense(1)], name="waiting"))
    assert [line.split(")")[1].split() for line in lines if line.startswith("dense")] == [["?", "?"]] * 2
    assert lines[-4] == "Total params: ?"
    assert "input_shape=" in " ".join(lines)
    assert "waiting.build(input_shape)" in " ".join(lines)


def test_a_model_without_layers_can_be_summarised():
    assert "Total params: ?" in lines_of(keras.Sequential())


def test_a_model_of_the_users_lists_its_layers():
    class Net(keras.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.first = layers.Dense(3)
            self.drop = layers.Dropout(0.5)
            self.last = layers.Dense(1)

        def call(self, x):
            return self.last(self.drop(self.first(x)))

    model = Net(name="net")
    assert all("?" in row for row in rows_of(model))
    model.build((None, 4))
    rows = [re.sub(" +", " ", row) for row in rows_of(model)]
    assert rows[0] == "dense (Dense) (None, 3) 15"
    assert rows[2] == "dense_1 (Dense) (None, 1) 4"
    assert "Total params: 19" in lines_of(model)


def test_an_input_in_the_middle_of_another_model_is_an_input():
    x = keras.Input((6,))
    middle = layers.Dense(4, name="before")(x)
    rows = rows_of(keras.Model(middle, layers.Dense(2, name="after")(middle)))
    assert [row.split()[0:2] for row in rows] == [["before_input", "(InputLayer)"], ["after", "(Dense)"]]
