"""The two networks of the real weight files, in words that Keras and Hornbeam share."""


def mobilenet(keras):
    """MobileNet 1 with a quarter of the channels, without its head (Howard et al., 2017, table 1)."""
    layers = keras.layers
    x = keras.Input((64, 64, 3))
    y = x

    def normalized(y):
        return layers.ReLU(6.0)(layers.BatchNormalization()(y))

    def convolved(y, filters, kernel, strides):
        if strides == 2:
            y = layers.ZeroPadding2D(((0, 1), (0, 1)))(y)
        padding = "valid" if strides == 2 else "same"
        return normalized(layers.Conv2D(filters, kernel, strides=strides, padding=padding, use_bias=False)(y))

    y = convolved(y, 8, 3, 2)
    plan = [(16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2), *[(128, 1)] * 5, (256, 2), (256, 1)]
    for filters, strides in plan:
        if strides == 2:
            y = layers.ZeroPadding2D(((0, 1), (0, 1)))(y)
        padding = "valid" if strides == 2 else "same"
        y = normalized(layers.DepthwiseConv2D(3, strides=strides, padding=padding, use_bias=False)(y))
        y = convolved(y, filters, 1, 1)
    return keras.Model(x, layers.GlobalAveragePooling2D()(y), name="mobilenet")


def squeezenet(keras):
    """SqueezeNet 1.1 without its head (Iandola et al., 2016)."""
    layers = keras.layers
    x = keras.Input((64, 64, 3))
    y = layers.Conv2D(64, 3, strides=2, activation="relu")(x)
    for number, squeezed in enumerate((16, 16, 32, 32, 48, 48, 64, 64)):
        if number in (0, 2, 4):
            y = layers.MaxPooling2D(3, 2)(y)
        y = layers.Conv2D(squeezed, 1, activation="relu")(y)
        left = layers.Conv2D(4 * squeezed, 1, activation="relu")(y)
        right = layers.Conv2D(4 * squeezed, 3, padding="same", activation="relu")(y)
        y = layers.Concatenate()([left, right])
    return keras.Model(x, layers.GlobalAveragePooling2D()(y), name="squeezenet")


FILES = {
    mobilenet: "mobilenet_v1_0.25_224_imagenet_notop_keras.h5",
    squeezenet: "squeezenet1.1_imagenet_notop_keras_tf.h5",
}
