"""A face, because Keras has it: what prepares pictures, text and sequences."""
