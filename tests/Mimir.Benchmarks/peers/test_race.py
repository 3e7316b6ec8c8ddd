"""Tests of the race's own logic; they need neither torch nor Mimir: python3 -m unittest (in this folder)."""
import contextlib
import io
import sys
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory

import attack_race
import children
from arguments import Parser, count, words
from children import ChildFailed, Outcome
from contestants import matmul_result, step_result
from rounds import MOST, OTHERS, Rounds, spread
from tables import table, write
from torch_matmul import shapes

STEP = {"images_per_second": 2.0, "images_per_second_best": 2.5, "seconds_per_step": 4, "gflop_per_image": 1.2, "peak_gflops": 200}


def outcome(document: dict) -> Outcome:
    return Outcome(document, seconds=1, others=0.01, rss_mib=100)


class Adapters(unittest.TestCase):
    def test_a_step_may_stand_in_a_list_or_alone(self):
        self.assertEqual(step_result(outcome({"steps": [STEP]})), step_result(outcome(STEP)))

    def test_a_step_without_its_rate_is_named(self):
        with self.assertRaisesRegex(ChildFailed, "images_per_second"):
            step_result(outcome({"steps": [{}]}))

    def test_only_products_are_taken_and_each_shape_once(self):
        kernels = [{"kernel": "MatMul.Forward", "shape": "5x6x7", "note": "a", "gflops": 1}, {"kernel": "MatMul.Pack", "shape": "6x7", "gflops": 2},
                   {"kernel": "MatMul.Forward", "shape": "5x6x7", "note": "b", "gflops": 3}]
        self.assertEqual(matmul_result(outcome({"kernels": kernels}), ("mimir",)), {"MatMul.Forward:5x6x7": {"note": "a", "mimir": 1}})


class Attacks(unittest.TestCase):
    def test_both_sides_are_read(self):
        ours = {"seconds": 2.0, "images": 4, "natural": {"correct": 3}, "robust": {"correct": 1}, "samples": {"robust": [True, False, False, False]}}
        theirs = {"seconds": 4.0, "images": 4, "natural": 3, "robust": 1, "flags": [1, 0, 0, 0]}
        self.assertEqual(attack_race.result("mimir", outcome(ours)), {**attack_race.result("stock", outcome(theirs)), "seconds": 2.0, "images_per_second": 2.0})

    def test_a_document_without_flags_is_named(self):
        with self.assertRaisesRegex(ChildFailed, "stock.*flags"):
            attack_race.result("stock", outcome({"seconds": 1, "images": 1, "natural": 1, "robust": 1}))

    def test_images_that_differ_are_counted_on_each_side(self):
        rounds = Rounds(1)
        rounds.done = [{"mimir": {"flags": [1, 1, 0, 0], "natural": 4, "robust": 2, "images": 4}, "stock": {"flags": [1, 0, 1, 1], "natural": 4, "robust": 3, "images": 4}}]
        self.assertIn("robust 2 against 3 of 4 images (95 % interval +- 1.7); 1 robust for mimir alone, 2 for stock alone", attack_race.agreement(rounds, ["mimir", "stock"])[0])


class Alternation(unittest.TestCase):
    def run_rounds(self, others: list[float], wanted: int = 2, limit: float = 60) -> Rounds:
        turns, rounds = iter(others), Rounds(wanted)
        rounds.run(["a", "b"], lambda name: {"others": next(turns), "name": name}, limit, lambda: None)
        return rounds

    def test_sides_take_turns(self):
        rounds = self.run_rounds([0, 0, 0, 0])
        self.assertEqual([list(one) for one in rounds.done], [["a", "b"], ["a", "b"]])

    def test_a_round_disturbed_on_one_side_is_run_again_and_does_not_count(self):
        rounds = self.run_rounds([0, OTHERS * 2, 0, 0, 0, 0])
        self.assertEqual((len(rounds.done), len(rounds.used)), (3, 2))

    def test_where_none_is_quiet_all_are_used_and_it_says_so(self):
        rounds = self.run_rounds([1] * 4 * MOST)
        self.assertEqual((len(rounds.used), rounds.note()), (2 * MOST, f"0/{2 * MOST} (disturbed)"))

    def test_one_round_is_run_however_short_the_time(self):
        self.assertEqual(len(self.run_rounds([0] * 4, limit=0).done), 1)

    def test_spread(self):
        self.assertEqual(spread([3, 1, 2]), {"median": 2, "least": 1, "greatest": 3})


class Children(unittest.TestCase):
    def test_a_document_and_its_cost(self):
        result = children.run([sys.executable, "-c", "print('{\"a\": 1}')"])
        self.assertEqual(result.document, {"a": 1})
        self.assertGreater(result.rss_mib, 1)

    def test_failures_tell_the_last_line(self):
        with self.assertRaisesRegex(ChildFailed, "exit code 3.*no such model"):
            children.run([sys.executable, "-c", "import sys; print('error: no such model', file=sys.stderr); sys.exit(3)"])

    def test_other_output_than_json(self):
        with self.assertRaisesRegex(ChildFailed, "no JSON"):
            children.run(["echo", "hello"])

    def test_a_missing_program(self):
        with self.assertRaisesRegex(ChildFailed, "cannot start"):
            children.run(["/no/such/program"])


class CommandLines(unittest.TestCase):
    def error(self, *arguments: str) -> str:
        parser = Parser("test")
        parser.add_argument("--count", type=count)
        parser.add_argument("--words", type=words(("a", "b")))
        parser.add_argument("--shapes", type=shapes)
        with contextlib.redirect_stderr(io.StringIO()) as said, self.assertRaises(SystemExit) as exit:
            parser.parse_args(arguments)
        self.assertEqual(exit.exception.code, 2)
        self.assertEqual(said.getvalue().count("\n"), 1)
        return said.getvalue()

    def test_errors_are_one_line(self):
        self.assertIn("'0'", self.error("--count", "0"))
        self.assertIn("'c' is none of a, b", self.error("--words", "a,c"))
        self.assertIn("twice", self.error("--words", "a,a"))
        self.assertIn("MatMul.Forward:0x1x1", self.error("--shapes", "MatMul.Forward:0x1x1"))
        self.assertIn("--bogus", self.error("--bogus"))


class Tables(unittest.TestCase):
    def test_columns_are_aligned(self):
        self.assertEqual(table(("a", "bb"), [["long", "1"]], left=1), "| a    | bb |\n| ---- | -: |\n| long |  1 |")

    def test_a_file_is_replaced_as_a_whole(self):
        with TemporaryDirectory() as folder:
            for text in ("one", "two"):
                write(Path(folder) / "x", text)
            self.assertEqual([(p.name, p.read_text()) for p in Path(folder).iterdir()], [("x", "two")])


if __name__ == "__main__":
    unittest.main()
