"""Nodes for loops and branches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hornbeam.export import onnx_file
from hornbeam.export.builder import Builder, Handler
from hornbeam.export.program import Program, Step, Tensor


def _outputs(b: Builder, tensors: Sequence[Tensor], names: Sequence[str]) -> list[onnx_file.Port]:
    """Outputs of a graph within: copies, as they may be neither its inputs nor tensors from outside."""
    return [b.port(tensor, b.node("Identity", name)) for tensor, name in zip(tensors, names, strict=True)]


def _scan(b: Builder, step: Step, names: Sequence[str]) -> list[str]:
    """``scan``: the carried arrays are Scan's states; a loop over nothing runs over its own numbers."""
    params = step.params
    program: Program = params["jaxpr"]
    consts, carries = params["num_consts"], params["num_carry"]
    b.lend(step.inputs[:consts], program.inputs[:consts])
    own = program.inputs[consts:]
    inner = b.body(program, own)
    inputs = [inner.port(each, inner.names[id(each)]) for each in own]
    rows = list(names[consts + carries :])
    if not rows:
        zero, one = b.constant(np.int64(0)), b.constant(np.int64(1))
        count = b.node("Squeeze", b.length(params["length"]), b.integers(0))
        rows = [b.node("Range", zero, count, one)]
        inputs.append(onnx_file.Port(inner.fresh("number"), "int64", []))
    outputs = _outputs(inner, program.outputs, inner.run(program))
    stacked, back = len(program.outputs) - carries, int(params["reverse"])
    words = {
        "body": inner.graph(b.fresh("body"), inputs, outputs),
        "num_scan_inputs": len(rows),
        "scan_input_directions": [back] * len(rows),
        "scan_output_directions": [back] * stacked if stacked else None,
    }
    return b.nodes_outputs("Scan", [*names[consts : consts + carries], *rows], len(program.outputs), words)


def _while(b: Builder, step: Step, names: Sequence[str]) -> list[str]:
    """``while``: Loop, whose condition is computed before it, and at the end of its body."""
    condition, program = step.params["cond_jaxpr"], step.params["body_jaxpr"]
    of_condition, of_body = step.params["cond_nconsts"], step.params["body_nconsts"]
    first = of_condition + of_body
    b.lend(step.inputs[:of_condition], condition.inputs[:of_condition])
    b.lend(step.inputs[of_condition:first], program.inputs[:of_body])
    begin = b.body(condition, [])
    states = condition.inputs[of_condition:]
    for tensor, name in zip(states, names[first:], strict=True):
        begin.bind(tensor, name)
    (goes,) = begin.run(condition)
    b.nodes.extend(begin.nodes)
    own = program.inputs[of_body:]
    inner = b.body(program, own)
    number, going = onnx_file.Port(inner.fresh("number"), "int64", []), onnx_file.Port(inner.fresh("going"), "bool", [])
    inputs = [number, going, *(inner.port(each, inner.names[id(each)]) for each in own)]
    made = inner.run(program)
    end = inner.body(condition, [])
    for tensor, name in zip(states, made, strict=True):
        end.bind(tensor, name)
    # a step of the condition computed before the loop has other inputs here
    (goes_on,) = end.run(condition)
    inner.nodes.extend(end.nodes)
    outputs = _outputs(inner, [*condition.outputs, *program.outputs], [goes_on, *made])
    words = {"body": inner.graph(b.fresh("body"), inputs, outputs)}
    return b.nodes_outputs("Loop", ["", goes, *names[first:]], len(program.outputs), words)


def _branch(b: Builder, step: Step, names: Sequence[str]) -> list[str]:
    """``cond`` and ``switch``: If, within each other for more than two branches."""
    branches: Sequence[Program] = step.params["branches"]
    return _chosen(b, step, names[0], branches, 0)


def _chosen(b: Builder, step: Step, which: str, branches: Sequence[Program], number: int) -> list[str]:
    if number == len(branches) - 1:
        b.lend(step.inputs[1:], branches[-1].inputs)
        return b.run(branches[-1])
    here = b.node("LessOrEqual", which, b.constant(np.asarray(number, step.inputs[0].dtype)))
    graphs = {}
    for word, others in (("then_branch", branches[number : number + 1]), ("else_branch", branches[number + 1 :])):
        inner = b.body(branches[number], [])
        if word == "then_branch":
            inner.lend(step.inputs[1:], others[0].inputs)
            made = inner.run(others[0])
        else:
            made = _chosen(inner, step, which, branches, number + 1)
        graphs[word] = inner.graph(b.fresh("branch"), [], _outputs(inner, step.outputs, made))
    return b.nodes_outputs("If", [here], len(step.outputs), graphs)


CONTROL: dict[str, Handler] = {"scan": _scan, "while": _while, "cond": _branch}
