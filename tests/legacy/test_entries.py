"""Every entry of the list of old words works with the behaviour of its time, or says what to write instead."""

import re

import entries
import numpy as np
import pytest

import hornbeam
from hornbeam import legacy

CASES = [
    pytest.param(row, id=f"{group}-{number}-{row.code.splitlines()[-1][:60]}")
    for group, rows in entries.ROWS.items()
    for number, row in enumerate(rows)
]


@pytest.fixture(autouse=True)
def _closed_again():
    yield
    legacy.uninstall()


@pytest.mark.parametrize("row", CASES)
def test_old_words_mean_what_they_meant(row):
    legacy.install(era=row.era, quiet=True)
    names = {"np": np, "hb": hornbeam, "__name__": "lesson"}
    if row.refused:
        with pytest.raises(Exception, match=re.escape(row.refused)):
            exec(row.code, names)
    else:
        exec(row.code, names)
        assert eval(row.holds, names)


def test_the_list_is_whole():
    assert sum(len(rows) for rows in entries.ROWS.values()) >= 250
