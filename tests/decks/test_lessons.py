"""The decks' code, word for word, through ``hornbeam run``: it runs, and gives what the slides show."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest

from hornbeam import cli

LESSONS = Path(__file__).parent / "lessons"
# what a test wants to know is printed after the lesson
ASKING = "\nimport json as _json\nprint('ANSWER', _json.dumps({wanted}, default=lambda a: a.tolist()))\n"


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs a lesson; gives the values of expressions at its end, and all that it printed and that was said."""
    monkeypatch.chdir(tmp_path)

    def run(name, *wanted, era=None):
        path = tmp_path / f"{name}.py"
        path.write_text((LESSONS / path.name).read_text() + ASKING.format(wanted=f"[{', '.join(wanted)}]"))
        options = [] if era is None else ["--era", era]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a slide watches a number that it did not ask for
            status = cli.main(["run", *options, str(path)])
        printed, said = capsys.readouterr()
        assert status == 0, said
        printed, _, answer = printed.rpartition("ANSWER ")
        return json.loads(answer), printed + said

    return run


def test_digits_come_out_as_on_the_slides(run):
    (parameters, loss, accuracy, right, wrong), printed = run(
        "deck_000_digits", "model_dense.count_params()", "score[0]", "score[1]", "len(correct)", "len(incorrect)"
    )
    assert parameters == 7850
    assert "Total params: 7,850" in printed
    assert "Train, X:(60000, 784), Y:(60000, 10)" in printed
    assert loss == pytest.approx(0.267, abs=0.01)
    assert accuracy == pytest.approx(0.926, abs=0.005)  # the slide's number; another start gives a few thousandths
    assert (right + wrong, right / 10000) == (10000, pytest.approx(accuracy, abs=1e-4))


def test_the_regularised_network_trains(run):
    (losses, kinds), said = run(
        "deck_001_regularised", "model.history.history['loss']", "[type(layer).__name__ for layer in model.layers]"
    )
    assert np.isfinite(losses).all()
    assert kinds == ["Dense", "Dense", "Dense", "BatchNormalization", "Activation", "Dense", "Dense", "Dropout"]
    assert "code of Keras 2.2" in said


def test_a_table_on_disk_is_trained_on_until_it_gets_no_better(run):
    (accuracies,), _ = run("deck_001_on_disk", "model.history.history['val_acc']")
    assert len(accuracies) < 100
    assert accuracies[-1] > 0.75


def test_a_grid_search_finds_a_depth(run):
    (best,), _ = run("deck_001_grid", "grid.best_params_")
    assert best["hidden_layers"] in (0, 1, 2, 3)


def test_the_first_filters_trigram_is_three_words(run):
    (shape, words), _ = run("deck_001_trigrams", "first_filter.shape", "' '.join([id2word[i] for i in trigram])")
    assert shape == [3, 100]
    assert len(words.split()) == 3


def test_the_autoencoder_learns_as_it_did_in_2018(run):
    (losses, codes, of_means, apart), said = run(
        "deck_001_autoencoder",
        "autoencoder.history.history['val_loss']",
        "X32.shape",
        "float(-(X[24000:] * __import__('numpy').log(X[:24000].mean(0).clip(1e-7)) + (1 - X[24000:]) "
        "* __import__('numpy').log1p(-X[:24000].mean(0).clip(1e-7))).mean())",
        "float(abs(X32 - (X @ autoencoder.get_weights()[0] + autoencoder.get_weights()[1]).clip(0)).max())",
        era="2.2",
    )
    assert "Adadelta, learning_rate: 1.0, as in Keras 2.2 (today 0.001)" in said
    assert codes == [30000, 32]
    assert apart < 1e-4  # the encoder has the trained weights; float32 sums of 784 products in another order
    assert losses[-1] < 0.9 * of_means  # with today's rate it stays above predicting the columns' means


def test_fares_are_learned_and_drawn(run):
    (errors, output), _ = run("deck_004_fares", "val_err", "model.predict(np.array([[1.0, 2.0]])).shape")
    assert len(errors) == 100
    assert errors[-1] < 0.5  # the mean fare is 9
    assert output == [1, 1]


def test_two_classes_are_told_apart(run):
    (accuracies, said), _ = run("deck_004_two_classes", "val_acc", "model.predict_classes(np.array([[1.0, 2.0]]))")
    assert accuracies[-1] > 0.8
    assert np.shape(said) == (1, 1)


def test_ten_classes_have_ten_probabilities(run):
    (sums, said), _ = run(
        "deck_004_ten_classes", "model.predict(x[:5]).sum(-1)", "model.predict_classes(np.array([[1.0, 2.0]]))"
    )
    np.testing.assert_allclose(sums, 1, rtol=1e-5)
    assert np.shape(said) == (1,)


def test_words_get_the_slides_numbers(run):
    (matrix, padded, output), _ = run("deck_004_words", "vectors", "padded_sequences", "model.predict(x[:3]).shape")
    assert np.array(matrix)[:, 1:].astype(int).tolist() == [[1, 0, 1, 1, 0, 0, 0], [1, 1, 0, 0, 1, 1, 1]]
    assert padded == [[0, 0, 3, 1, 4], [6, 2, 2, 1, 7]]
    assert output == [3, 1]
