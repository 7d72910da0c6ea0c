"""Trainer: compile, fit, evaluate, predict, and their batch-wise sisters."""

from __future__ import annotations

import time
from typing import Any

import jax
import numpy as np

from hornbeam import optimizers
from hornbeam.core import random
from hornbeam.core.config import serialize, spec_key
from hornbeam.core.errors import ArgumentError, DataError, TrainingDiverged
from hornbeam.core.settings import steps_within_limit
from hornbeam.data.adapt import Arrays, batch_arrays, class_weights, gives_batches, iterable_source
from hornbeam.data.batches import SteppedSource
from hornbeam.data.source import Block, Source
from hornbeam.graph.network import Network
from hornbeam.training import doors
from hornbeam.training.cache import shared_program
from hornbeam.training.callback import CallbackList
from hornbeam.training.history import History
from hornbeam.training.loop import Looper, Run, predicted, remembered
from hornbeam.training.meters import Meters
from hornbeam.training.objective import Objective, flat_targets
from hornbeam.training.program import Program


class Trainer(Network):
    """What a model can do beyond being a layer. ``Model`` derives from it."""

    optimizer: Any = None
    stop_training = False
    # None until compile, and until targets are first seen
    _compiled: Any = None
    _objective: Any = None
    _meters: Any = None
    _fixed_trainable: list[Any] | None = None
    _borrowing = ("_fixed_trainable", "_compiled")

    # -- compile -------------------------------------------------------------------------------------

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: Any = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Says how to train.

        Args:
            optimizer: name, object, config, or any optax transformation.
            loss: name, object or function; a list or dict of them for several outputs.
            loss_weights: numbers, likewise.
            metrics: names, objects or functions to report; for several outputs lists or a dict.
            weighted_metrics: likewise, but these see the sample weights.
            auto_scale_loss: under the policy "mixed_float16", puts the optimizer into a ``LossScaleOptimizer``.
            run_eagerly, steps_per_execution, jit_compile: accepted for Keras's sake; training is always one compiled
                program for as many steps as pass in a tenth of a second.

        Example:
            >>> from hornbeam import Sequential, layers
            >>> model = Sequential([layers.Input((4,)), layers.Dense(3, activation="softmax")])
            >>> model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        """
        given = {"loss": loss, "loss_weights": loss_weights, "metrics": metrics, "weighted_metrics": weighted_metrics}
        doors.check_compile(given)
        self.optimizer, self._compiled = optimizers.get(optimizer), given
        scales = optimizer is None or isinstance(self.optimizer, optimizers.LossScaleOptimizer)
        if auto_scale_loss and self.dtype_policy.name == "mixed_float16" and not scales:
            self.optimizer = optimizers.LossScaleOptimizer(self.optimizer)
        self._objective = self._meters = None
        # what is trained is settled here: freezing a layer later takes effect at the next compile, so that a
        # discriminator compiled before it was frozen inside a GAN goes on learning
        self._fixed_trainable = list(self.trainable_weights) if self.built else None
        self.stop_training = False

    @property
    def compiled(self) -> bool:
        """Whether ``compile`` was called."""
        return self._compiled is not None

    def get_compile_config(self) -> dict[str, Any]:
        """The arguments of ``compile`` as JSON-able values."""
        return {"optimizer": serialize(self.optimizer), **{k: serialize(v) for k, v in (self._compiled or {}).items()}}

    @property
    def loss(self) -> Any:
        """The loss as it was given to ``compile``."""
        return (self._compiled or {}).get("loss")

    @property
    def metrics(self) -> list[Any]:
        """The metrics that ``fit`` reports."""
        return [] if self._meters is None else self._meters.metrics

    @property
    def metrics_names(self) -> list[str]:
        """Names of the numbers that ``evaluate`` gives, in their order."""
        return ["loss"] if self._meters is None else [*self._loss_names(), *self._meters.names]

    # -- fit -----------------------------------------------------------------------------------------

    def _fit(
        self,
        x: Any,
        y: Any,
        batch_size: int | None,
        epochs: int,
        callbacks: CallbackList,
        validation_split: float,
        validation_data: Any,
        shuffle: Any,
        class_weight: Any,
        sample_weight: Any,
        initial_epoch: int,
        steps_per_epoch: int | None,
        validation_steps: int | None,
        validation_batch_size: int | None,
        validation_freq: Any,
        history: History,
    ) -> History:
        doors.check_compiled(self, "fit")
        doors.check_fit(batch_size, epochs, validation_split, steps_per_epoch, validation_freq, validation_steps)
        source, check = self._sources(
            x, y, sample_weight, class_weight, batch_size, steps_per_epoch, "fit",
            validation_split, validation_data, validation_batch_size, validation_steps,
        )  # fmt: skip
        looper = self._looper("train")
        tester = None if check is None else self._looper("test")
        run = Run(random.next_seed(), initial_epoch)
        self.run_state = run
        callbacks.set_params(
            {**callbacks.params, "epochs": epochs, "steps": source.steps, "validates": check is not None}
        )
        single = callbacks.wants_batches("train")
        self.stop_training = False
        put_back = remembered(self.variables, self.optimizer)
        logs: dict[str, Any] = {}
        callbacks.on_train_begin()
        small = source.is_small and (check is None or check.is_small)
        # one epoch alone is left to the smaller program, which compiles in two thirds of the time
        fused = epochs - initial_epoch > 1 and callbacks.passive and small and shuffle != "batch"
        try:
            while run.epoch < epochs and not self.stop_training:
                if fused and looper.program.gives_numbers and _is_due(validation_freq, run.epoch, always=True):
                    logs = self._train_epochs(source, check, looper, run, callbacks, shuffle, epochs)
                    continue
                epoch = run.epoch
                callbacks.on_epoch_begin(epoch)
                logs = self._train_epoch(source, looper, run, callbacks, single, shuffle, steps_per_epoch)
                if check is not None and _is_due(validation_freq, epoch) and tester is not None:
                    tester.reset()
                    callbacks.on_test_begin()
                    measured = self._measure(check, tester, callbacks, "fit, validation_data")
                    callbacks.on_test_end(measured)
                    logs |= {f"val_{name}": value for name, value in measured.items()}
                run.epoch, run.done = epoch + 1, 0
                callbacks.on_epoch_end(epoch, logs)
        except TrainingDiverged:
            put_back()
            raise
        finally:
            source.close()
        if run.step:
            self.optimizer.finalize_variable_values(self.trained_variables)
        callbacks.on_train_end(logs)
        return history

    def _train_epochs(
        self, source: Any, check: Any, looper: Looper, run: Run, callbacks: CallbackList, shuffle: Any, epochs: int
    ) -> dict[str, Any]:
        """Several short epochs in one program call, when the callbacks only read the logs."""
        began = time.perf_counter()
        count = min(epochs - run.epoch, looper.epochs_at_once)
        ahead = range(run.epoch, run.epoch + count)
        orders = [run.shuffler(number).permutation(source.rows) if shuffle else None for number in ahead]
        blocks = source.whole(), None if check is None else check.whole()
        for number, logs in enumerate(looper.epochs(*blocks, run, orders, self.optimizer.rate)):
            callbacks.on_epoch_begin(run.epoch)
            callbacks.on_chunk_end(source.steps, logs)
            if number + 1 == count or not np.isfinite(logs["loss"]):
                self._refuse_divergence(looper, callbacks, logs)
            run.epoch += 1
            callbacks.on_epoch_end(run.epoch - 1, logs)
        looper.epochs_took(count, time.perf_counter() - began)
        return logs

    def _train_epoch(
        self, source: Source, looper: Looper, run: Run, callbacks: CallbackList, single: bool, shuffle: Any, steps: Any
    ) -> dict[str, Any]:
        looper.reset(run.sums if run.done else None)
        logs: dict[str, Any] = {}
        begin = callbacks.on_train_batch_begin if single else None
        skip = run.done  # batches that a restored run has behind it
        for block in source.epoch(run.epoch, run.shuffler if shuffle else None):
            if skip >= block.steps - block.first:
                skip -= block.steps - block.first
                continue
            for done, logs in looper.train(block, run, self.optimizer.rate, begin, skip):
                self._refuse_divergence(looper, callbacks, logs)
                if single:
                    callbacks.on_train_batch_end(done - 1, logs)
                callbacks.on_chunk_end(done, logs)
                if self.stop_training:
                    break
            skip = 0
            if self.stop_training:
                break
        for done, logs in looper.rest():
            if not self.stop_training:
                self._refuse_divergence(looper, callbacks, logs)
                callbacks.on_chunk_end(done, logs)
        source.finish()
        doors.check_any(run.done, "fit, x", f" in epoch {run.epoch + 1}")
        return logs

    def _refuse_divergence(
        self, looper: Looper, callbacks: CallbackList, logs: dict[str, Any], where: str = "fit"
    ) -> None:
        """Stops at a loss that is not finite, unless a callback takes care of it."""
        if looper.bad_step < 0:
            return
        if any(getattr(callback, "handles_nan", False) for callback in callbacks.callbacks):
            logs["loss"] = float("nan")
            return
        raise TrainingDiverged(
            where,
            "a finite loss",
            f"{logs['loss']} from step {looper.bad_step} on",
            "Lower the learning rate, scale the inputs, or set clipnorm; callbacks.TerminateOnNaN stops without error.",
        )

    def _measure(self, source: Source, tester: Looper, callbacks: CallbackList, where: str) -> dict[str, Any]:
        logs: dict[str, Any] = {}
        done = 0
        for block in source.epoch():
            callbacks.on_test_batch_begin(done)
            logs = tester.test(block)
            done += block.steps - block.first
            callbacks.on_test_batch_end(done - 1, logs)
        source.finish()
        doors.check_any(done, where)
        return logs

    # -- evaluate and predict ------------------------------------------------------------------------

    def _evaluate(
        self, x: Any, y: Any, batch_size: int | None, sample_weight: Any, steps: int | None, callbacks: CallbackList
    ) -> dict[str, Any]:
        doors.check_compiled(self, "evaluate", optimizer=False)
        source, _ = self._sources(x, y, sample_weight, None, batch_size, steps, "evaluate")
        callbacks.set_params({**callbacks.params, "steps": source.steps})
        callbacks.on_test_begin()
        logs = self._measure(source, self._looper("test"), callbacks, "evaluate, x")
        callbacks.on_test_end(logs)
        return logs

    def _predict(self, x: Any, batch_size: int | None, steps: int | None, callbacks: CallbackList) -> Any:
        source = self._predict_source(x, batch_size, steps)
        program = self._program(None)
        callbacks.set_params({**callbacks.params, "steps": source.steps})
        callbacks.on_predict_begin()
        variables = self.trained_variables, self.other_variables
        parts = []
        done = 0
        for block in source.epoch():
            callbacks.on_predict_batch_begin(done)
            outputs = predicted(program, *variables, block.data[0], block.index, block.steps, block.size)
            real = block.rows if block.rows is not None else block.steps * block.size
            # a copy: JAX's own memory must not be written to, and users write to predictions
            parts.append(jax.tree.map(lambda leaf, real=real: np.array(leaf[:real]), outputs))
            done += block.steps
            callbacks.on_predict_batch_end(done - 1, {"outputs": parts[-1]})
        source.finish()
        doors.check_any(done, "predict, x")
        callbacks.on_predict_end()
        return parts[0] if len(parts) == 1 else jax.tree.map(lambda *leaves: np.concatenate(leaves), *parts)

    def _predict_source(self, x: Any, batch_size: int | None, steps: int | None) -> Source:
        if gives_batches(x):
            source = iterable_source(x, steps, lambda batch: (batch_arrays(batch, "predict")[0], None, None), "predict")
            self.build_for(source.example()[0], "predict")
            return source
        doors.check_batch_size(batch_size, "predict")
        doors.check_steps(steps, "predict, steps")
        arrays, steps = Arrays(x, None, None, "predict"), steps_within_limit(steps)
        if steps is not None:
            arrays = arrays.head(steps * (batch_size or 32))
        self.build_for(arrays.parts[0], "predict")
        self.check_ids(arrays.parts[0], "predict")
        return arrays.source(batch_size or 32, self.is_rowwise)

    # -- one batch -----------------------------------------------------------------------------------

    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """One training step on one batch; returns the loss and metrics of that batch."""
        doors.check_compiled(self, "train_on_batch")
        looper, block = self._one_batch(x, y, sample_weight, class_weight, "train_on_batch")
        run = self.__dict__.setdefault("_batch_run", Run(random.next_seed()))
        slots, state = [(variable, variable.slot) for variable in self.variables], self.optimizer.state
        looper.keeps = True
        try:
            for _, logs in (*looper.train(block, run, self.optimizer.rate), *looper.rest()):
                self._refuse_divergence(looper, CallbackList(), logs, "train_on_batch")
        except TrainingDiverged:
            for variable, slot in slots:
                variable.slot = slot
            self.optimizer.state = state
            raise
        return logs if return_dict else _listed(logs)

    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """The loss and metrics of one batch."""
        doors.check_compiled(self, "test_on_batch", optimizer=False)
        looper, block = self._one_batch(x, y, sample_weight, None, "test_on_batch", "test")
        logs = looper.test(block)
        return logs if return_dict else _listed(logs)

    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for one batch."""
        x = Arrays(x, None, None, "predict_on_batch").parts[0]
        self.build_for(x, "predict_on_batch")
        self.check_ids(x, "predict_on_batch")
        variables = self.trained_variables, self.other_variables
        outputs = predicted(self._program(None), *variables, x, None, 1, len(jax.tree.leaves(x)[0]))
        return jax.tree.map(np.array, outputs)

    def _one_batch(
        self, x: Any, y: Any, sample_weight: Any, class_weight: Any, where: str, kind: str = "train"
    ) -> tuple[Looper, Block]:
        data = self._arrange(batch_arrays((x, y, sample_weight), where), class_weight, where)
        self._settle(data, where)
        return self._looper(kind), Block(data, None, None, 1, int(jax.tree.leaves(data)[0].shape[0]))

    # -- what they share -----------------------------------------------------------------------------

    def _sources(
        self,
        x: Any,
        y: Any,
        sample_weight: Any,
        class_weight: Any,
        batch_size: int | None,
        steps: int | None,
        where: str,
        validation_split: float = 0.0,
        validation_data: Any = None,
        validation_batch_size: int | None = None,
        validation_steps: int | None = None,
    ) -> tuple[Source, Source | None]:
        """The source to train on and the one to validate on; the model is built and its metrics made on the way."""
        doors.check_steps(steps, f"{where}, steps")
        check: Source | None = None
        if gives_batches(x):
            if validation_split:
                raise ArgumentError(
                    f"{where}, validation_split", "arrays", type(x).__name__, "Give validation_data for batches."
                )
            source = iterable_source(
                x, steps, lambda batch: self._arrange(batch_arrays(batch, where), class_weight, where), where
            )
            self._settle(source.example(), where)
        else:
            doors.check_batch_size(batch_size, where)
            arrays = Arrays(x, y, sample_weight, where)
            held = None
            if validation_split and validation_data is None:
                arrays, held = arrays.split(validation_split)
            source = self._array_source(arrays, class_weight, batch_size or 32, steps, where)
            if held is not None:
                check = self._array_source(held, None, validation_batch_size or batch_size or 32, None, where)
        if validation_data is not None:
            check = self._validation(validation_data, validation_batch_size or batch_size or 32, validation_steps)
        return source, check

    def _array_source(self, arrays: Arrays, class_weight: Any, size: int, steps: int | None, where: str) -> Source:
        if where != "fit" and (steps := steps_within_limit(steps)) is not None:
            arrays = arrays.head(steps * size)
        self.build_for(arrays.parts[0], where)
        arrays.parts = list(self._arrange(tuple(arrays.parts), class_weight, where, arrays.streamed))
        sample = jax.tree.map(lambda leaf: leaf[:1] if arrays.streamed else leaf, tuple(arrays.parts))
        self._settle(sample, where)
        source = arrays.source(size, self.is_rowwise and self._objective.rowwise and self._meters.rowwise)
        steps = steps_within_limit(steps, source.steps) if where == "fit" else steps
        return SteppedSource(source, steps) if where == "fit" and steps not in (None, source.steps) else source

    def _validation(self, data: Any, size: int, steps: int | None) -> Source:
        where = "fit, validation_data"
        if gives_batches(data):
            return iterable_source(
                data, steps, lambda batch: self._arrange(batch_arrays(batch, where), None, where), where
            )
        x, y, weights = (*data, None, None)[:3] if isinstance(data, (tuple, list)) else (data, None, None)
        return self._array_source(Arrays(x, y, weights, where), None, size, steps, where)

    def _arrange(self, data: Any, class_weight: Any, where: str, streamed: bool = False) -> Any:
        """``(x, [y …], [weights …])``: targets and weights in the order of the outputs."""
        x, y, weights = data
        self.build_for(x, where)
        self.check_ids(x, where)
        x = self.arranged_inputs(x, where)
        names = self.output_names
        targets = [None] * len(names) if y is None else flat_targets(y, names, f"{where}, y")
        scales = [None] * len(names) if weights is None else flat_targets(weights, names, f"{where}, sample_weight")
        if class_weight is not None:
            if y is None:
                raise DataError(f"{where}, class_weight", "labels", "no y", "Give y.")
            if len(names) > 1:
                raise ArgumentError(
                    f"{where}, class_weight", "a model with one output", f"{len(names)}", "Give sample_weight instead."
                )
            by_class = class_weights(targets[0], class_weight, where)
            scales[0] = (
                by_class if scales[0] is None else scales[0] * by_class.reshape((-1,) + (1,) * (scales[0].ndim - 1))
            )
        return x, targets, scales

    def _settle(self, data: Any, where: str) -> None:
        """Makes losses, metrics and the optimizer's state when targets are first seen; checks targets always."""
        x, targets, _ = data
        self.build_for(x, where)
        shapes = self.output_shapes_for(x)
        if self._objective is None:
            names = self.output_names
            self._objective = Objective(self._compiled["loss"], self._compiled["loss_weights"], names)
        doors.check_targets(self._objective, targets, shapes, where)
        if self._meters is None:
            pairs = [
                None if target is None else ((None, *target.shape[1:]), shape)
                for target, shape in zip(targets, shapes, strict=True)
            ]
            self._meters = Meters(
                self._compiled["metrics"], self._compiled["weighted_metrics"], self.output_names, pairs
            )
        if self._fixed_trainable is None:
            self._fixed_trainable = list(self.trainable_weights)
        if self.optimizer is not None and self.optimizer.state is None:
            self.optimizer.build(self.trained_variables)

    def _loss_names(self) -> list[str]:
        names = self._objective.tracked
        return ["loss", *(f"{name}_loss" for name in names)] if len(self.output_names) > 1 else ["loss"]

    def _looper(self, kind: str) -> Looper:
        program = self._program(kind)
        optimizer = self.optimizer if kind == "train" else None
        return Looper(
            program, self.trained_variables, self.other_variables, self._meters, self._loss_names(), optimizer
        )

    def _program(self, kind: str | None) -> Program:
        """The compiled functions for this model's spec, shared with every equal one."""
        trained = set(self.trained_variables)
        flags = tuple(variable in trained for variable in self.weights)
        if kind is None:
            key: tuple[Any, ...] = ("predict", self.network_key(), flags)
            return shared_program(key, lambda: Program(self, key=key))
        key = (kind, self.network_key(), flags, self._objective.key(), self._meters.key(), spec_key(self.optimizer))
        return shared_program(key, lambda: Program(self, self._objective, self._meters, self.optimizer, key))

    def settle_trained(self, variables: list[Any]) -> None:
        """Says anew which variables training changes, as when the model that a file holds was compiled."""
        self._fixed_trainable = list(variables)

    @property
    def trained_variables(self) -> list[Any]:
        """The variables that this model's training changes, as settled by ``compile``."""
        return self.trainable_weights if self._fixed_trainable is None else self._fixed_trainable

    @property
    def other_variables(self) -> list[Any]:
        """All its other variables: statistics, frozen weights, states."""
        trained = set(self.trained_variables)
        return [variable for variable in self.variables if variable not in trained]


def _is_due(frequency: Any, epoch: int, always: bool = False) -> bool:
    """Whether an epoch is one of those after which to validate: every n-th, or the listed ones (from 1).

    With ``always``, whether all epochs are.
    """
    if isinstance(frequency, (int, np.integer)):
        return frequency == 1 if always else (epoch + 1) % frequency == 0
    return not always and epoch + 1 in frequency


def _listed(logs: dict[str, Any]) -> Any:
    numbers = list(logs.values())
    return numbers[0] if len(numbers) == 1 else numbers
