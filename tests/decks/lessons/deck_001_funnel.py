"""Deck 001: a funnel of layers, as its page of hyperparameters advises, with the practical defaults of table 11-2."""

from keras.datasets import mnist
from keras.layers import Activation, Dense
from keras.models import Sequential
from keras.utils import np_utils

X, Y = mnist.load_data()[0]
X, Y = X[:3000].reshape(-1, 784) / 255.0, np_utils.to_categorical(Y[:3000])
model = Sequential()
model.add(Dense(64, activation='elu', kernel_initializer='he_normal', input_dim=784))

# the slides, word for word

model.add(Dense(64, kernel_initializer='he_uniform'))

from keras.layers.normalization import BatchNormalization  
model.add(Dense(64, use_bias=False))  
model.add(BatchNormalization())  
model.add(Activation('elu'))

from keras.layers import Dropout  
model.add(Dropout(0.5))

# the funnel's end, and its judge

model.add(Dense(32, activation='elu', kernel_initializer='he_normal'))
model.add(Dense(10, activation='softmax'))
model.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])

from keras.callbacks import EarlyStopping
earlystop = EarlyStopping(monitor='val_acc',
                          min_delta=0.0001,
                          patience=5,
                          verbose=1,
                          mode='auto')
callbacks_list = [earlystop]
model.fit(X, Y, epochs=10, callbacks=callbacks_list,
           validation_split=0.2)
