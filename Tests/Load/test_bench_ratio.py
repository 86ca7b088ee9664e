"""What `make bench-loop` says of a threshold, from rounds that were made up."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Benchmarks"))

from bench_loop import Ratio  # noqa: E402


class Thresholds(unittest.TestCase):
    LIMIT = 1.10

    def test_a_ratio_below_the_limit_holds(self) -> None:
        self.assertEqual(Ratio.of([0.39, 0.40, 0.41], [0.38, 0.39, 0.40]).verdict(self.LIMIT), "holds")

    def test_a_ratio_above_by_less_than_the_rounds_differ_is_not_called_exceeded(self) -> None:
        found = Ratio.of([0.399, 0.42, 0.38, 0.40, 0.41], [0.362, 0.36, 0.38, 0.35, 0.365])
        self.assertGreater(found.value, self.LIMIT)
        self.assertEqual(found.verdict(self.LIMIT), "within the spread")

    def test_a_ratio_above_by_more_than_the_rounds_differ_is_exceeded(self) -> None:
        found = Ratio.of([0.45, 0.46, 0.44, 0.45, 0.46], [0.36, 0.37, 0.36, 0.35, 0.36])
        self.assertEqual(found.verdict(self.LIMIT), "EXCEEDED")

    def test_a_count_has_no_spread(self) -> None:
        self.assertEqual(Ratio.exact(191).verdict(190), "EXCEEDED")
        self.assertEqual(Ratio.exact(190).verdict(190), "holds")

    def test_the_same_rounds_give_the_same_interval(self) -> None:
        rounds = [0.4, 0.5, 0.45, 0.41], [0.4, 0.39, 0.41, 0.42]
        self.assertEqual(Ratio.of(*rounds), Ratio.of(*rounds))

    def test_rounds_are_drawn_as_a_whole(self) -> None:
        # The machine slowed down over the rounds, both programs alike: the ratio of each round is the same.
        found = Ratio.of([1.0, 2.0, 4.0], [1.0, 2.0, 4.0])
        self.assertEqual((found.least, found.most), (1.0, 1.0))


if __name__ == "__main__":
    unittest.main()
