"""``hornbeam.tree`` against Keras's answers, call by call."""

import json
from pathlib import Path

import pytest
from tree_calls import CALLS, answer

from hornbeam import tree

GOLDEN = json.loads(Path(__file__).with_name("golden").joinpath("tree.json").read_text(encoding="utf-8"))


def test_every_call_is_answered_as_in_keras():
    assert list(GOLDEN) == CALLS
    assert {call: answer(call, tree) for call in CALLS} == GOLDEN


def test_an_error_says_where_the_structures_part():
    with pytest.raises(ValueError, match=r"at 1/a a leaf like 2; got \[3\]"):
        tree.assert_same_structure([1, {"a": 2}], [1, {"a": [3]}])
    with pytest.raises(ValueError, match=r"only in a: \('x',\); only in b: \('y',\)"):
        tree.assert_same_paths({"x": 1}, {"y": 1})
