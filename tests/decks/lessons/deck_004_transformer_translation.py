"""Deck 004, pages "NMT with Transformer Encoder-Decoder" and "KerasNLP": its classes translate, word by word."""

import keras_nlp
import numpy as np
from tensorflow import keras

keras.utils.set_random_seed(0)
english = ['hello world', 'hello friend', 'good world', 'good friend', 'hello', 'good day', 'hello day', 'world']
french = ['salut le monde', 'salut ami', 'bon monde', 'bon ami', 'salut', 'bon jour', 'salut le jour', 'le monde']
en_words = ['[pad]', '[unk]', *sorted({word for line in english for word in line.split()})]
fr_words = ['[pad]', '[unk]', '[start]', '[end]', *sorted({word for line in french for word in line.split()})]
en_tokenizer = keras_nlp.tokenizers.WordPieceTokenizer(en_words, sequence_length=3, oov_token='[unk]')
x = np.asarray(en_tokenizer(english))
y = np.zeros((len(french), 6), 'int32')
for row, line in zip(y, french):
    numbers = [fr_words.index(word) for word in ['[start]', *line.split(), '[end]']]
    row[:len(numbers)] = numbers

encoder_inputs = keras.Input(shape=(None,), dtype='int64')
embedded = keras_nlp.layers.TokenAndPositionEmbedding(len(en_words), 3, 32, mask_zero=True)(encoder_inputs)
encoded = keras_nlp.layers.TransformerEncoder(intermediate_dim=64, num_heads=4)(embedded)
decoder_inputs = keras.Input(shape=(None,), dtype='int64')
embedded = keras_nlp.layers.TokenAndPositionEmbedding(len(fr_words), 6, 32, mask_zero=True)(decoder_inputs)
decoded = keras_nlp.layers.TransformerDecoder(intermediate_dim=64, num_heads=4)(embedded, encoded)
outputs = keras.layers.Dense(len(fr_words), activation='softmax')(decoded)
model = keras.Model([encoder_inputs, decoder_inputs], outputs)
model.compile(keras.optimizers.Adam(0.005), 'sparse_categorical_crossentropy')
history = model.fit([x, y[:, :-1]], y[:, 1:], epochs=50, batch_size=8, verbose=0)


def translate(text):
    """The next word is appended to the text so far and fed back, until the model says [end]."""
    said = np.zeros((1, 5), 'int32')
    said[0, 0] = fr_words.index('[start]')
    for place in range(4):
        chances = model.predict([np.asarray(en_tokenizer([text])), said], verbose=0)[0, place]
        if fr_words[np.argmax(chances)] == '[end]':
            break
        said[0, place + 1] = np.argmax(chances)
    return ' '.join(fr_words[number] for number in said[0] if number > 3)


translated = [translate(text) for text in english]
