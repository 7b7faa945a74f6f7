"""The last line of script/test counts what the runners reported, a crash as a failure."""

import json
import subprocess
import sys

import pytest

PYTHON_PASSED = '<testcase classname="a" name="one"/>'
PYTHON_FAILED = '<testcase classname="a" name="two"><failure message="no"/></testcase>'
PYTHON_SKIPPED = '<testcase classname="a" name="three"><skipped/></testcase>'
PYTHON_BROKEN_END = '<testcase classname="a" name="one"><error message="teardown"/></testcase>'


def function(name):
    return {"kind": "test", "payload": {"kind": "function", "id": name}}


def event(kind, name=None, **payload):
    return {"kind": "event", "payload": {"kind": kind, "testID": name, **payload}}


def issue(name, *, failure=True):
    return event("issueRecorded", name, issue={"isFailure": failure, "isKnown": not failure})


ONE_PASSED = [function("a"), event("testStarted", "a"), event("testEnded", "a")]
RUN_ENDED = [event("runEnded")]


@pytest.fixture
def tally(repository, tmp_path):
    def run(events, swift_status=0, cases=(), python_status=0, cut=0):
        swift, python = tmp_path / "swift.jsonl", tmp_path / "python.xml"
        if events is not None:
            text = "".join(json.dumps(one) + "\n" for one in events)
            swift.write_text(text[: len(text) - cut])
        if cases is not None:
            python.write_text(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>")
        command = [sys.executable, repository / "script" / "lib" / "tally.py"]
        command += [swift, str(swift_status), python, str(python_status)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stdout.splitlines()[-1], done.returncode

    return run


def test_adds_up_both_runners(tally):
    assert tally(ONE_PASSED + RUN_ENDED, cases=[PYTHON_PASSED]) == ("2 passed, 0 failed", 0)


def test_counts_a_failed_swift_test_once_however_many_issues_it_has(tally):
    events = [*ONE_PASSED, issue("a"), issue("a"), *RUN_ENDED]
    assert tally(events, swift_status=1) == ("0 passed, 1 failed", 1)


def test_does_not_count_a_known_issue_as_a_failure(tally):
    assert tally([*ONE_PASSED, issue("a", failure=False), *RUN_ENDED]) == ("1 passed, 0 failed", 0)


def test_counts_no_suite_as_a_test(tally):
    suite = {"kind": "test", "payload": {"kind": "suite", "id": "s"}}
    events = [suite, event("testStarted", "s"), *ONE_PASSED, event("testEnded", "s"), *RUN_ENDED]
    assert tally(events) == ("1 passed, 0 failed", 0)


def test_counts_tests_that_a_crash_cut_off_as_failed(tally):
    events = [*ONE_PASSED, function("b"), event("testStarted", "b")]
    assert tally(events, swift_status=1) == ("1 passed, 1 failed", 1)


def test_counts_a_crash_between_tests_as_a_failure(tally):
    assert tally(ONE_PASSED, swift_status=1) == ("1 passed, 1 failed", 1)


def test_reads_a_report_whose_last_line_a_crash_cut(tally):
    events = [*ONE_PASSED, function("b"), event("testStarted", "b"), event("testEnded", "b")]
    assert tally(events, swift_status=1, cut=9) == ("1 passed, 1 failed", 1)


def test_counts_a_runner_that_left_no_report_as_a_failure(tally):
    assert tally(None, swift_status=1, cases=[PYTHON_PASSED]) == ("1 passed, 1 failed", 1)


def test_counts_two_runners_that_left_no_report(tally):
    assert tally(None, cases=None, python_status=4) == ("0 passed, 2 failed", 1)


def test_believes_a_runner_that_says_it_failed(tally):
    assert tally(ONE_PASSED + RUN_ENDED, swift_status=1) == ("1 passed, 1 failed", 1)
    assert tally(ONE_PASSED + RUN_ENDED, python_status=3) == ("1 passed, 1 failed", 1)


def test_counts_failed_broken_and_skipped_python_tests(tally):
    cases = [PYTHON_PASSED, PYTHON_BROKEN_END, PYTHON_FAILED, PYTHON_SKIPPED]
    assert tally(RUN_ENDED, cases=cases, python_status=1) == ("0 passed, 2 failed", 1)


def test_fails_when_no_test_ran(tally):
    assert tally(RUN_ENDED, python_status=5) == ("0 passed, 0 failed", 1)
