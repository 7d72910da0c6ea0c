"""Deck 001: initialisers, batch normalisation, penalties, dropout, early stopping."""

import numpy as np
from keras.layers import Activation, Dense
from keras.models import Sequential

X = np.random.RandomState(0).rand(1000, 472).astype("float32")
Y = (X[:, :64] > 0.5).astype("float32")
model = Sequential()

# the slides, word for word

model.add(Dense(64, kernel_initializer='he_normal'))  
model.add(Dense(64, kernel_initializer='he_uniform'))

from keras.layers.normalization import BatchNormalization  
model.add(Dense(64, use_bias=False))  
model.add(BatchNormalization())  
model.add(Activation('elu'))

from keras.regularizers import l1, l2, l1_l2
model.add(Dense(64,
                kernel_regularizer=l2(0.01),
                activity_regularizer=l1(0.01)))
model.add(Dense(64,
                kernel_regularizer=l1_l2(l1=0.01, l2=.01),
                activity_regularizer=l1_l2(l1=0.01, l2=.01)))

from keras.layers import Dropout  
model.add(Dropout(0.5))

model.compile(optimizer='adam', loss='binary_crossentropy')  
model.compile(optimizer='sgd', loss='binary_crossentropy')

from keras.callbacks import EarlyStopping
earlystop = EarlyStopping(monitor='val_acc',
                          min_delta=0.0001,
                          patience=5,
                          verbose=1,
                          mode='auto')
callbacks_list = [earlystop]
model.fit(X, Y, callbacks=callbacks_list,
           validation_split=0.2)
