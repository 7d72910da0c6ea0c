"""Deck 001: an autoencoder, and its 32 codes."""

from keras.datasets import mnist
from keras.layers import Dense

X = mnist.load_data()[0][0][:30000].reshape(-1, 784).astype("float32") / 255

# the slides, word for word

from keras.layers import Input
data_dims = X.shape[1]
input_img = Input(shape=(data_dims,)) # input placeholder

# encoded: the compressed representation
encoded = Dense(32, activation='relu')(input_img)
# decoded: the lossy reconstruction
decoded = Dense(data_dims, activation='sigmoid')(encoded)

# model maps an input to its reconstruction
from keras.models import Model
autoencoder = Model(input_img, decoded)
autoencoder.compile(optimizer='adadelta',
                    loss='binary_crossentropy')

# Fit and validate
autoencoder.fit(X, X,
                 epochs=10,
                 batch_size=256,
                 shuffle=True,
                 validation_split=.2)

# decode and re-encode data
Xpred = autoencoder.predict(X)

# Dimension reduction using autoencoder
encoder = Model(input_img, encoded)
X32 = encoder.predict(X)

# then t-SNE maps the compressed data to a plane, as the slide before advises

from sklearn.manifold import TSNE
plane = TSNE(n_components=2, perplexity=20, max_iter=400, init="pca", random_state=0).fit_transform(X32[:400])
