"""Keep pytest away from the makers: they need Keras, which Hornbeam's own environment does not have."""

collect_ignore_glob = ["*.py"]
