"""Counts what the test runners report and prints the last line of script/test.

usage: tally.py SWIFT_EVENTS SWIFT_STATUS PYTEST_XML PYTEST_STATUS
"""

import json
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

PYTEST_FOUND_NO_TEST = 5


def main(swift_events, swift_status, pytest_xml, pytest_status):
    swift = swift_results(Path(swift_events))
    python = pytest_results(Path(pytest_xml))
    python_ran = int(pytest_status) in (0, PYTEST_FOUND_NO_TEST)
    runners = [("swift test", swift, int(swift_status) == 0), ("pytest", python, python_ran)]

    complaints = []
    for runner, (passed, failed), fine in runners:
        complaints += [f"failed: {name}" for name in sorted(failed)]
        if not fine and not failed:
            failed.add(runner)
            complaints.append(f"failed: {runner} itself; its output above says why")
    passed = sum(len(passed) for _, (passed, _), _ in runners)
    failed = sum(len(failed) for _, (_, failed), _ in runners)
    if passed + failed == 0:
        complaints.append("No test ran. Does the filter match a test's name?")
    print("", *complaints, f"{passed} passed, {failed} failed", sep="\n", flush=True)
    return 0 if passed > 0 and failed == 0 else 1


def swift_results(path):
    """Passed and failed test functions in Swift Testing's event stream.

    A process that crashed leaves tests that started and never ended: those failed.
    """
    started, ended, failed, functions = set(), set(), set(), set()
    run_ended = False
    for record in events(path):
        payload = record["payload"]
        if record["kind"] == "test":
            if payload["kind"] == "function":
                functions.add(payload["id"])
            continue
        test, kind = payload.get("testID"), payload["kind"]
        if kind == "testStarted":
            started.add(test)
        elif kind == "testEnded":
            ended.add(test)
        elif kind == "issueRecorded" and counts_as_failure(payload["issue"]):
            failed.add(test or "an issue outside any test")
        elif kind == "runEnded":
            run_ended = True
    failed |= (started - ended) & functions
    if not run_ended and not failed:
        failed.add("the Swift test process ended before its tests did")
    return (ended & functions) - failed, failed


def events(path):
    """The records of a file of JSON lines, of which a crash may have cut the last."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            try:
                yield json.loads(line)
            except json.JSONDecodeError:
                return


def counts_as_failure(issue):
    return issue.get("isFailure", not issue.get("isKnown", False))


def pytest_results(path):
    """Passed and failed tests in pytest's JUnit file; skipped ones are neither."""
    seen, failed, skipped = set(), set(), set()
    if not path.exists():
        return seen, {"pytest ended before its tests did"}
    for case in ElementTree.parse(path).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        seen.add(name)
        if case.find("failure") is not None or case.find("error") is not None:
            failed.add(name)
        elif case.find("skipped") is not None:
            skipped.add(name)
    return seen - failed - skipped, failed


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
