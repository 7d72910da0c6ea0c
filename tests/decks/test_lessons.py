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


def test_the_regularised_network_trains(run, quickly_compiled):
    (losses, kinds), said = run(
        "deck_001_regularised", "model.history.history['loss']", "[type(layer).__name__ for layer in model.layers]"
    )
    assert np.isfinite(losses).all()
    assert kinds == ["Dense", "Dense", "Dense", "BatchNormalization", "Activation", "Dense", "Dense", "Dropout"]
    assert "code of Keras 2.2" in said


def test_a_table_on_disk_is_trained_on_until_it_gets_no_better(run, monkeypatch):
    monkeypatch.setattr("hornbeam.data.files.BLOCK_BYTES", 2**20)  # the slide's file would fit into one block
    (accuracies, held, peak, megabytes), _ = run(
        "deck_001_on_disk", "model.history.history['val_acc']", "Watch.held", "Watch.peak", "X_mm.nbytes / 2**20"
    )
    assert len(accuracies) < 100
    assert accuracies[-1] > 0.75
    assert 0 < peak < megabytes / 2  # two blocks and what is made of them, not the file
    assert max(held) - held[0] < megabytes / 10  # nothing of it stays from epoch to epoch


def test_a_funnel_with_the_practical_defaults_reads_digits(run):
    (accuracies, units), _ = run(
        "deck_001_funnel", "model.history.history['val_acc']",
        "[layer.units for layer in model.layers if isinstance(layer, Dense)]",
    )  # fmt: skip
    assert units == [64, 64, 64, 32, 10]
    assert len(accuracies) <= 10
    assert accuracies[-1] > 0.85  # 2400 pictures; chance is 0.1


def test_a_grid_search_finds_a_depth(run, quickly_compiled):
    (best,), _ = run("deck_001_grid", "grid.best_params_")
    assert best["hidden_layers"] in (0, 1, 2, 3)


def test_a_convolution_over_words_learns_a_phrase_and_its_first_filter_names_three_words(run):
    (shape, words, scores), _ = run(
        "deck_001_trigrams", "first_filter.shape", "' '.join([id2word[i] for i in trigram])", "scores"
    )
    assert scores[0] > 0.9  # single words tell nothing: both kinds have them
    assert shape == [3, 100]
    assert len(words.split()) == 3


def test_the_autoencoder_learns_as_it_did_in_2018(run):
    (losses, codes, of_means, apart, near), said = run(
        "deck_001_autoencoder",
        "autoencoder.history.history['val_loss']",
        "X32.shape",
        "float(-(X[24000:] * __import__('numpy').log(X[:24000].mean(0).clip(1e-7)) + (1 - X[24000:]) "
        "* __import__('numpy').log1p(-X[:24000].mean(0).clip(1e-7))).mean())",
        "float(abs(X32 - (X @ autoencoder.get_weights()[0] + autoencoder.get_weights()[1]).clip(0)).max())",
        "float(__import__('sklearn.neighbors').neighbors.KNeighborsClassifier(5).fit("
        "plane[:300], mnist.load_data()[0][1][:300]).score(plane[300:], mnist.load_data()[0][1][300:400]))",
        era="2.2",
    )
    assert near > 0.5  # neighbours on the plane are of one digit: chance is 0.1
    assert "Adadelta, learning_rate: 1.0, as in Keras 2.2 (today 0.001)" in said
    assert codes == [30000, 32]
    assert apart < 1e-4  # the encoder has the trained weights; float32 sums of 784 products in another order
    assert losses[-1] < 0.9 * of_means  # with today's rate it stays above predicting the columns' means


def test_fares_are_learned_and_drawn(run, quickly_compiled):
    (errors, output), _ = run("deck_004_fares", "val_err", "model.predict(np.array([[1.0, 2.0]])).shape")
    assert len(errors) == 100
    assert errors[-1] < 0.5  # the mean fare is 9
    assert output == [1, 1]


def test_two_classes_are_told_apart(run, quickly_compiled):
    (accuracies, said), _ = run("deck_004_two_classes", "val_acc", "model.predict_classes(np.array([[1.0, 2.0]]))")
    assert accuracies[-1] > 0.8
    assert np.shape(said) == (1, 1)


def test_ten_classes_have_ten_probabilities(run, quickly_compiled):
    (sums, said), _ = run(
        "deck_004_ten_classes", "model.predict(x[:5]).sum(-1)", "model.predict_classes(np.array([[1.0, 2.0]]))"
    )
    np.testing.assert_allclose(sums, 1, rtol=1e-5)
    assert np.shape(said) == (1,)


def test_words_get_the_slides_numbers(run):
    (matrix, padded), _ = run("deck_004_words", "vectors", "padded_sequences")
    assert np.array(matrix)[:, 1:].astype(int).tolist() == [[1, 0, 1, 1, 0, 0, 0], [1, 1, 0, 0, 1, 1, 1]]
    assert padded == [[0, 0, 3, 1, 4], [6, 2, 2, 1, 7]]


def test_a_spam_filter_tells_letters_apart(run):
    (accuracies, known, wanted), _ = run(
        "deck_004_spam", "model.history.history['val_accuracy']", "model.predict(padded_sequence).ravel()",
        "model.predict(pad_sequences(tokenizer.texts_to_sequences(['win free money now claim cash prize']), 500))[0]",
    )  # fmt: skip
    assert accuracies[-1] > 0.9
    assert known[0] < 0.5 < wanted[0]


def test_an_lstm_encoder_and_decoder_translate_sentences_that_they_have_not_seen(run):
    (losses, said, wanted), _ = run("deck_004_lstm_translation", "hist.history['loss']", "unseen", "french[-16:]")
    assert losses[-1] < 0.1 < losses[0]
    right = sum(one == other for one, other in zip(said, wanted, strict=True))
    assert right >= 12  # of 16; a guess of three words is right once in 80


def test_a_transformer_of_keras_nlp_translates_word_by_word(run, quickly_compiled):
    (losses, said, wanted), _ = run(
        "deck_004_transformer_translation", "history.history['loss']", "translated", "french"
    )
    assert losses[-1] < 0.1 < losses[0]
    assert said == wanted
