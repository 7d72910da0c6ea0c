"""Layers of matrix products: Dense and EinsumDense."""

from __future__ import annotations

import copy
import math
import re
from typing import Any

import jax.numpy as jnp

from hornbeam import activations, constraints, initializers, regularizers
from hornbeam.core.checks import Refused, integer, shape
from hornbeam.core.config import field
from hornbeam.core.errors import ArgumentError, ShapeError
from hornbeam.initializers.scaled import FanScaled
from hornbeam.layers.axes import spread_last
from hornbeam.layers.input_spec import InputSpec
from hornbeam.layers.layer import LAYERS, Layer
from hornbeam.ops.products import product


@LAYERS.add()
class Dense(Layer):
    """A fully connected layer: ``output = activation(input · kernel + bias)``.

    Args:
        units: number of outputs of each sample.
        activation: name or function; None leaves the sum as it is.
        use_bias: whether a bias is added.
        kernel_initializer, bias_initializer: first values of the weights.
        kernel_regularizer, bias_regularizer: penalties added to the loss.
        activity_regularizer: penalty on the output.
        kernel_constraint, bias_constraint: applied after each update.

    Shapes:
        ``(batch, …, features) -> (batch, …, units)``; kernel ``(features, units)``, bias ``(units,)``.

    Example:
        >>> import numpy as np
        >>> Dense(3)(np.ones((2, 4), "float32")).shape
        (2, 3)

    Reference:
        Rosenblatt (1958), The Perceptron; Goodfellow, Bengio, Courville (2016), Deep Learning, equation 6.36.
    """

    units = field(convert=integer(1))
    activation = field(None, convert=activations.get)
    use_bias = field(True)
    kernel_initializer = field("glorot_uniform", convert=initializers.get, key=False)
    bias_initializer = field("zeros", convert=initializers.get, key=False)
    kernel_regularizer = field(None, convert=regularizers.get)
    bias_regularizer = field(None, convert=regularizers.get)
    activity_regularizer = field(None, convert=regularizers.get)
    kernel_constraint = field(None, convert=constraints.get)
    bias_constraint = field(None, convert=constraints.get)

    supports_masking = True
    rowwise = True
    kernel: Any
    bias: Any

    def build(self, input_shape: Any) -> None:
        if len(input_shape) < 2 or input_shape[-1] is None:
            raise ShapeError(
                self.where,
                "an input with at least 2 axes and a known number of features, like (batch, features)",
                f"shape {tuple(input_shape)}",
                "For one sample, add a batch axis: x[None, :]." if len(input_shape) < 2 else "Give Input a full shape.",
            )
        features = int(input_shape[-1])
        self.kernel = self.add_weight(
            (features, self.units),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        if self.use_bias:
            self.bias = self.add_weight(
                (self.units,),
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )
        self.input_spec = InputSpec(min_ndim=2, axes={-1: features})

    def call(self, x: Any) -> Any:
        output = product(x, jnp.asarray(self.kernel))
        if self.use_bias:
            output = output + spread_last(self.bias, output.ndim)
        return self.activation(output)


# "ab,bc->ac", "...ab,bc->...ac" or "ab...,bc->ac..."
_EQUATION = re.compile(r"(\.{3})?([a-zA-Z]+)(\.{3})?,([a-zA-Z]+)->(\.{3})?([a-zA-Z]+)(\.{3})?")


def _equation(value: Any) -> str:
    """Converter to an equation without blanks."""
    text = value.replace(" ", "") if isinstance(value, str) else ""
    parts = _EQUATION.fullmatch(text)
    if parts is None or parts[1] != parts[5] or parts[3] != parts[7] or (parts[1] and parts[3]):
        raise Refused(
            "an equation input,kernel->output, with ... at the same end of input and output or nowhere",
            "Write for example 'abc,cd->abd'.",
        )
    return text


@LAYERS.add()
class EinsumDense(Layer):
    """A fully connected layer along any axes: ``output = activation(einsum(equation, input, kernel) + bias)``.

    Args:
        equation: which axes are multiplied, kept and made, a letter for each: ``"abc,cd->abd"`` is Dense on
            ``(batch, time, features)``. Three dots stand for further axes, at the left or at the right.
        output_shape: lengths of the output's axes without the batch axis, None where the input has the same.
        activation: name or function; None leaves the sum as it is.
        bias_axes: letters of the output's axes along which a bias is added; None for no bias.
        kernel_initializer, bias_initializer: first values of the weights.
        kernel_regularizer, bias_regularizer: penalties added to the loss.
        kernel_constraint, bias_constraint: applied after each update.

    Shapes:
        As the equation says; the kernel's axes are its middle part.

    Example:
        >>> import numpy as np
        >>> layer = EinsumDense("abc,cde->abde", output_shape=(None, 2, 5), bias_axes="de")
        >>> layer(np.ones((3, 4, 6), "float32")).shape
        (3, 4, 2, 5)

    Reference:
        Vaswani et al. (2017), Attention is all you need: the projections of each head are one such layer.
    """

    equation = field(convert=_equation)
    output_shape = field(convert=shape)
    activation = field(None, convert=activations.get)
    bias_axes = field(None)
    kernel_initializer = field("glorot_uniform", convert=initializers.get, key=False)
    bias_initializer = field("zeros", convert=initializers.get, key=False)
    kernel_regularizer = field(None, convert=regularizers.get)
    bias_regularizer = field(None, convert=regularizers.get)
    kernel_constraint = field(None, convert=constraints.get)
    bias_constraint = field(None, convert=constraints.get)

    def _ready(self) -> None:
        super()._ready()
        parts = _EQUATION.fullmatch(self.equation)
        assert parts is not None
        self._dots = "left" if parts[1] else "right" if parts[3] else ""
        self._letters: tuple[str, str, str] = parts[2], parts[4], parts[6]
        given, kernel, made = self._letters
        self.rowwise = self._dots == "left" or (given[0] == made[0] and given[0] not in kernel)
        lost = [letter for letter in made if letter not in given + kernel]
        lost += [letter for letter in kernel if letter not in given + made]
        if lost:
            raise ArgumentError(
                f"{self.where}, equation",
                "every axis of kernel and output to come from another part",
                f"{lost[0]!r} alone in {self.equation!r}",
                "Name the axis in the input, or in both kernel and output.",
            )
        unknown = [letter for letter in self.bias_axes or "" if letter not in made]
        if unknown:
            raise ArgumentError(
                f"{self.where}, bias_axes", f"letters of the output {made!r}", repr(unknown[0]), "Choose from those."
            )

    def build(self, input_shape: Any) -> None:
        lengths = self._lengths(tuple(input_shape))
        given, kernel, made = self._letters
        missing = [letter for letter in kernel if lengths.get(letter) is None]
        if missing:
            raise ShapeError(
                self.where,
                f"a known length of axis {missing[0]!r} in {self.equation!r}",
                f"input {tuple(input_shape)} and output_shape {self.output_shape}",
                "Give it in output_shape, or give Input a full shape.",
            )
        self.kernel = self.add_weight(
            tuple(lengths[letter] for letter in kernel),
            _for_axes(self.kernel_initializer, kernel, made),
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        if self.bias_axes:
            # from the first of its axes on, 1 for those between and for the dots at the right
            start = min(made.index(letter) for letter in self.bias_axes)
            dots = len(input_shape) - len(given) if self._dots == "right" else 0
            self.bias = self.add_weight(
                (*(lengths[letter] if letter in self.bias_axes else 1 for letter in made[start:]), *(1,) * dots),
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )
        self.input_spec = InputSpec(ndim=len(input_shape))

    def _lengths(self, input_shape: tuple[int | None, ...]) -> dict[str, int | None]:
        """The length of every letter's axis, from the input and from ``output_shape``."""
        given, _, made = self._letters
        dots = len(input_shape) - len(given)
        if dots < 0 or (dots > 0 and not self._dots):
            raise ShapeError(
                self.where,
                f"an input with {'at least ' * bool(self._dots)}{len(given)} axes, as in {self.equation!r}",
                f"shape {input_shape}",
                "Add the axes that are missing, or name all of them in the equation.",
            )
        lengths = dict(zip(given, input_shape[dots if self._dots == "left" else 0 :], strict=False))
        # output_shape leaves out the batch axis, which the dots may stand for
        letters = made if self._dots == "left" and dots else made[1:]
        for letter, length in zip(letters, self.output_shape, strict=False):
            if length is not None and lengths.get(letter) not in (None, length):
                raise ShapeError(
                    f"{self.where}, output_shape",
                    f"{lengths[letter]} along axis {letter!r} of {self.equation!r}, as in the input",
                    length,
                    "Write None there.",
                )
            if length is not None:
                lengths[letter] = length
        return lengths

    def call(self, x: Any) -> Any:
        output = self._times_kernel(x, jnp.asarray(self.kernel))
        if self.bias_axes:
            output = output + spread_last(self.bias, output.ndim)
        return self.activation(output)

    def _times_kernel(self, x: Any, kernel: Any) -> Any:
        """The equation; as a product of matrices, where the input's last letters are the kernel's first."""
        given, weights, made = self._letters
        summed = len([letter for letter in weights if letter not in made])
        outer = given[: len(given) - summed]
        if self._dots or given != outer + weights[:summed] or made != outer + weights[summed:]:
            return jnp.einsum(self.equation, x, kernel)
        entries = math.prod(kernel.shape[:summed])
        output = product(x.reshape(*x.shape[: len(outer)], entries), kernel.reshape(entries, -1))
        return output.reshape(*x.shape[: len(outer)], *kernel.shape[summed:])


def _for_axes(initializer: Any, kernel: str, made: str) -> Any:
    """The initializer, told which of the kernel's axes are inputs and which outputs if it asks for that."""
    if not isinstance(initializer, FanScaled) or initializer.input_axes is not None:
        return initializer
    told = copy.copy(initializer)
    told.input_axes = [place for place, letter in enumerate(kernel) if letter not in made]
    told.output_axes = [place for place, letter in enumerate(kernel) if letter in made]
    return told
