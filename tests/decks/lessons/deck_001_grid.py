"""Deck 001: a grid search over the number of hidden layers."""

import numpy as np
from keras.layers import Dense
from keras.models import Sequential

rng = np.random.RandomState(0)
X = rng.rand(300, 20).astype("float32")
Y = (X[:, 0] > X[:, 1]).astype(int)
num_features = X.shape[1]

# the slides, word for word

from keras.wrappers.scikit_learn import KerasClassifier
from sklearn.model_selection import GridSearchCV

# instantiate KerasClassifier with build function
def create_model(hidden_layers=1):
    model = Sequential()
    model.add(Dense(16, input_dim=num_features))
    for i in range(hidden_layers):
        model.add(Dense(8, activation='relu'))
    model.add(Dense(1, activation='sigmoid'))
    model.compile(loss='binary_crossentropy',
                  optimizer='adam',
                  metrics= ['accuracy'])
    return model
clf = KerasClassifier(create_model)

 
# set up grid search CV to select number of hidden layers
params = {'hidden_layers' : [0,1,2,3]}
grid = GridSearchCV(clf, param_grid=params)
grid.fit(X,Y)
grid.best_params_
