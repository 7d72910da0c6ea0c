"""Errors in four parts: where, what was expected, what came, what to do."""

from __future__ import annotations


class HornbeamError(Exception):
    """Base of every error that Hornbeam raises on purpose.

    Args:
        where: the object and argument, for example ``"dense_2 (Dense), units"``.
        expected: what would have been right, without a final full stop.
        got: what came instead (value, shape or name).
        fix: one sentence that says what to do.

    Example:
        >>> str(HornbeamError("Dense, units", "a positive integer", "-3", "Write Dense(3)."))
        'Dense, units: expected a positive integer; got -3. Write Dense(3).'
    """

    def __init__(self, where: str, expected: str, got: object, fix: str):
        self.where, self.expected, self.got, self.fix = where, expected, got, fix
        super().__init__(f"{where}: expected {expected}; got {got}. {fix}")

    def __reduce__(self):
        return type(self), (self.where, self.expected, self.got, self.fix)


class ArgumentError(HornbeamError, ValueError):
    """An argument of a constructor, of ``compile`` or of ``fit`` is wrong."""


class UnknownNameError(ArgumentError):
    """A string names nothing that exists; the nearest right names are in the message."""


class ShapeError(HornbeamError, ValueError):
    """An array has the wrong number of axes or the wrong length along one."""


class DataError(HornbeamError, ValueError):
    """The data cannot be used as they are: NaN, strings, lengths that differ, labels out of range."""


class UnknownLengthError(HornbeamError, TypeError):
    """A data set was asked how many elements it has, and cannot tell."""


class NotBuiltError(HornbeamError, ValueError):
    """Weights were asked of a model or layer that has none yet."""


class NotCompiledError(HornbeamError, ValueError):
    """Training or evaluation was asked of a model without a loss or an optimizer."""


class TrainingDiverged(HornbeamError, ArithmeticError):
    """The loss became NaN or infinite; training stopped."""


class FileError(HornbeamError, OSError):
    """A file is missing, truncated, altered or not of the format it claims."""

    def __str__(self) -> str:
        return self.args[0]
