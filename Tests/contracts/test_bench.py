"""script/bench judges medians by the plan's targets."""

from dataclasses import replace

import pytest
from bench.idle import count_closed
from bench.load import Measure, percentile
from bench.plan import BENCHMARKS, summary
from bench.report import table

QUERY = next(one for one in BENCHMARKS if one.name == "query")
REFERENCE = summary([Measure(1_000, 1, 3)])


@pytest.mark.parametrize(
    ("per_second", "p99_ms", "passed"),
    [(350, 6, True), (349, 6, False), (350, 6.1, False), (2_000, 6, True)],
)
def test_wants_both_the_ratio_and_the_spread(per_second, p99_ms, passed):
    result = QUERY.judge(summary([Measure(per_second, 1, p99_ms)]), REFERENCE)
    assert result["passed"] == passed
    assert ("MISSED" in table([result])) != passed


def test_asks_for_no_spread_where_the_plan_names_none():
    even = replace(QUERY, p99_over_p50_at_most=None)
    assert even.judge(summary([Measure(350, 1, 100)]), REFERENCE)["passed"]


def test_takes_the_median_of_the_rounds_and_keeps_them():
    found = summary([Measure(3, 1, 9), Measure(1, 3, 7), Measure(2, 2, 8)])
    assert (found["per_second"], found["p50_ms"], found["p99_ms"]) == (2, 2, 8)
    assert [one["per_second"] for one in found["rounds"]] == [3, 1, 2]


def test_percentiles_are_of_the_ordered_times():
    assert [percentile(range(1, 101), percent) for percent in (50, 99)] == [51, 100]
    assert percentile([7], 99) == 7


def test_counts_connections_that_the_server_closed(socket_pairs):
    ours, theirs = socket_pairs(3)
    assert count_closed(ours) == 0
    theirs[1].close()
    assert count_closed(ours) == 1
