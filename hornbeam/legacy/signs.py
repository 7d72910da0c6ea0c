"""Signs of an era that need no translation, as tables: words by which later code is told from earlier."""

from __future__ import annotations

# keyword -> the first era in which a call of Keras had it
SINCE_WORDS = {
    "units": "2.2",
    "kernel_initializer": "2.2",
    "recurrent_initializer": "2.2",
    "kernel_regularizer": "2.2",
    "kernel_size": "2.2",
    "use_bias": "2.2",
    "epochs": "2.2",
    "steps_per_epoch": "2.2",
    "validation_steps": "2.2",
    "restore_best_weights": "2.2",
    "learning_rate": "2.15",
    "save_freq": "2.15",
    "jit_compile": "2.15",
    "negative_slope": "3",
}

# module or name -> the first era in which it could be imported
SINCE_PATHS = {
    "tensorflow.keras": "2.2",
    "keras.ops": "3",
    "keras.random": "3",
    "keras.saving": "2.15",
    "keras_hub": "3",
    "keras_nlp": "2.15",
    "keras.layers.Rescaling": "2.15",
    "keras.layers.Resizing": "2.15",
    "keras.layers.TextVectorization": "2.15",
    "keras.layers.MultiHeadAttention": "2.15",
    "keras.utils.set_random_seed": "2.15",
    "tensorflow.random.set_seed": "2.15",
}

# names of numbers in logs -> the last era in which ``metrics=['accuracy']`` gave them
OLD_LOGS = {"acc": "2.2", "val_acc": "2.2"}
