"""After any storm the mirror equals the truth, and no more was asked than was needed."""

import pytest

from storm import Storm


@pytest.mark.parametrize("seed", [1, 2])
def test_the_mirror_equals_the_truth(build, seed):
    verdict = Storm(build, seed, seconds=16).run()
    print(verdict)
    assert verdict.wrong == []
