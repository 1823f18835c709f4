"""After any storm the mirror equals the truth, and no more was asked than was needed."""

import pytest

from storm import Storm


# one of them without a window that is used up, which costs a minute
@pytest.mark.parametrize(("seed", "is_closing"), [(1, False), (2, True)])
def test_the_mirror_equals_the_truth(build, seed, is_closing, capsys):
    verdict = Storm(build, seed, seconds=16, is_closing=is_closing).run()
    with capsys.disabled():
        print(f"\n{verdict}")
    assert verdict.wrong == []
