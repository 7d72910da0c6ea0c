"""The smallest networks that learn what scikit-learn's checks ask for; functions, as users write them."""

from hornbeam import Sequential, layers


def classifying(meta):
    kind, classes = meta["target_type_"], meta["n_classes_"]
    labels = kind == "multilabel-indicator"
    head = layers.Dense(classes if labels or classes > 2 else 1, "sigmoid" if labels or classes < 3 else "softmax")
    model = Sequential([layers.Input(meta["X_shape_"][1:]), head])
    model.compile("adam", "categorical_crossentropy" if classes > 2 and not labels else "binary_crossentropy")
    return model


def regressing(meta):
    model = Sequential([layers.Input(meta["X_shape_"][1:]), layers.Dense(meta["n_outputs_"])])
    model.compile("adam", "mse")
    return model


def reproducing(meta):
    features = meta["n_features_in_"]
    model = Sequential([layers.Input((features,)), layers.Dense(max(1, features // 2)), layers.Dense(features)])
    model.compile("adam", "mse")
    return model
