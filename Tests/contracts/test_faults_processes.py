"""Processes that die or are told to go, while others are asked and nobody should notice."""

import contextlib
import re
import signal
import time
from pathlib import Path

import pytest
from martlets import Crowd, Martlet, begin, best_of, children, is_alive, kill, run, until
from serving import free_port
from wire import Wire, request

BACK_WITHIN_SECONDS = 1


class Visitors(Crowd):
    """Threads that come anew for every request, as behind a proxy that keeps no connections."""

    def __init__(self, port, count=2):
        super().__init__(count)
        self.port = port
        self.answered = []
        self.cut_off = 0
        self.refused = []

    def work(self, _):
        while not self.finished.is_set():
            try:
                wire = Wire(self.port)
            except OSError as error:
                self.refused.append(repr(error))
                return
            with wire:
                try:
                    answer = wire.ask("/probe/process")
                except (OSError, EOFError):
                    self.cut_off += 1
                else:
                    self.answered.append((answer.status, int(answer.text), time.monotonic()))

    def first_answer_of(self, process):
        return next((time for _, answerer, time in self.answered if answerer == process), None)

    def have_seen(self, processes):
        return processes <= {process for _, process, _ in self.answered}


def slow(wire, milliseconds):
    """A request that is being worked on when this returns."""
    wire.send(request(f"/probe/slow?milliseconds={milliseconds}"))
    until(wire.has_been_read, "the request to be read")


def test_a_trap_ends_one_process_and_nothing_else(probe, record_property):
    with Visitors(probe.port) as visitors:
        seconds = best_of(3, BACK_WITHIN_SECONDS, lambda: seconds_after_trap(probe, visitors))
    record_property("back_after_seconds", seconds)
    print(f"\nback after {seconds:.3f} s; of {len(visitors.answered)} visitors, "
          f"{visitors.cut_off} were cut off")  # fmt: skip
    assert not visitors.refused
    assert {status for status, _, _ in visitors.answered} == {200}
    assert seconds <= BACK_WITHIN_SECONDS


def seconds_after_trap(server, visitors):
    """From the end of the trapped request's connection to the first answer of the new process."""
    doomed, other = sorted(server.web_processes())
    visits = len(visitors.answered)
    with contextlib.ExitStack() as wires:
        bystander, slow_there, slow_here, trapped = (
            wires.enter_context(server.wire_to(process))
            for process in (doomed, doomed, other, doomed)
        )
        slow(slow_there, 20_000)
        slow(slow_here, 700)
        trapped.send(request("/probe/trap", "X-Request-Id: the-culprit", method="POST"))
        assert trapped.is_over()
        ended = time.monotonic()
        # Whoever shared the process loses the connection, and is never told anything wrong.
        assert slow_there.is_over() and bystander.is_over()
        # Whoever did not goes on.
        assert slow_here.answer().text == str(other)
        assert slow_here.ask("/probe/echo?text=on").text == "on"

    new = until(lambda: server.web_processes() - {doomed, other}, "another process").pop()
    answered = until(lambda: visitors.first_answer_of(new), "an answer of the new process")
    assert len(server.web_processes()) == 2
    assert len(visitors.answered) > visits

    death = server.events("web.died")[-1]
    assert death["end"] == "signal 4"
    in_flight = death["in_flight"].split(", ")
    assert "the-culprit POST /probe/trap" in in_flight
    assert any(re.fullmatch("[0-9a-f]{32} GET /probe/slow", entry) for entry in in_flight)
    return answered - ended


def test_a_process_told_to_go_finishes_its_requests_and_is_replaced(probe):
    leaving, other = sorted(probe.web_processes())
    with Visitors(probe.port) as visitors, probe.wire_to(leaving) as busy:
        slow(busy, 1_500)
        kill(leaving, signal.SIGTERM)
        answer = busy.answer()
        assert (answer.status, answer.text) == (200, str(leaving))
        assert answer["connection"] == "close"
        new = until(lambda: probe.web_processes() - {leaving, other}, "another process")
        until(lambda: visitors.have_seen(new), "an answer of the new process")
    assert not visitors.refused
    assert visitors.cut_off == 0
    assert probe.events("web.died")[-1]["end"] == "exit 0"


def test_told_to_stop_it_finishes_what_it_was_asked(data):
    with Martlet(data, {"MARTLET_WEB_PROCESSES": "2"}) as server, contextlib.ExitStack() as wires:
        postmaster = server.postmaster()
        busy = [
            wires.enter_context(server.wire_to(process))
            for process in server.web_processes() for _ in range(4)
        ]  # fmt: skip
        idle = wires.enter_context(Wire(server.port))
        assert idle.ask("/healthz").status == 200
        for wire in busy:
            slow(wire, 1_500)
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert [wire.answer().status for wire in busy] == [200] * len(busy)
        assert idle.is_over()
        assert server.process.wait(60) == 0
        assert time.monotonic() - began < 10
        until(lambda: not is_alive(postmaster), "PostgreSQL to stop")
        # Nothing of it is left: the port and the folder are free for the next.
        with pytest.raises(ConnectionRefusedError):
            Wire(server.port)
    with Martlet(data):
        pass


def test_told_to_stop_it_does_not_wait_for_the_slowest_for_ever(data):
    with Martlet(data, {"MARTLET_WEB_PROCESSES": "1"}) as server, Wire(server.port) as wire:
        slow(wire, 25_000)
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        answer = wire.answer()
        assert (answer.status, answer["retry-after"]) == (503, "1")
        assert server.process.wait(60) == 0
        seconds = time.monotonic() - began
    print(f"\nstopped after {seconds:.1f} s")
    assert seconds < 12


def test_a_killed_supervisor_leaves_a_database_that_the_next_one_takes_over(data):
    with Martlet(data) as first:
        postmaster, web = first.postmaster(), first.web_processes()
        with Wire(first.port) as wire:
            slow(wire, 500)
            kill(first.process.pid)
            # Even now a request that was taken is answered.
            assert wire.answer().status == 200
        until(lambda: not any(map(is_alive, web)), "the web processes to leave")
        assert is_alive(postmaster)
        with Martlet(data) as second:
            assert second.postmaster() == postmaster
            assert second.ask("/readyz").status == 200
        # It removes its file a moment before it is gone.
        until(lambda: not is_alive(postmaster), "PostgreSQL to stop")


def test_a_killed_database_is_started_again(data):
    with Martlet(data) as server:
        for number in (signal.SIGKILL, signal.SIGINT):
            old = server.postmaster()
            kill(old, number)
            until(lambda: server.postmaster() not in (old, None), "another PostgreSQL")
            until(lambda: server.ask("/readyz").status == 200, "it to be ready")
        assert "Pricing" in server.ask("/pricing").text


def test_a_start_that_was_killed_half_way_is_made_good(folders):
    data = folders.new() / "data"
    # Both while PostgreSQL makes its files and just after.
    for sign in ("data.new.*/base", "data/PG_VERSION"):
        starting = begin("migrate", "--data", data)
        until(lambda: any(data.glob(f"postgresql/{sign}")), f"{sign} to be there")
        starting.kill()
        starting.communicate()
    done = run("migrate", "--data", data)
    assert done.returncode == 0, done.stderr
    assert not list(data.glob("postgresql/data.new.*"))
    with Martlet(data) as server:
        assert server.ask("/pricing").status == 200


def test_two_cannot_have_one_data_folder(data):
    with Martlet(data) as first:
        for command in (["serve", "--port", free_port()], ["migrate"]):
            second = run(*command, "--data", data)
            assert second.returncode == 78
            assert f"is in use by process {first.process.pid}" in second.stderr
            assert "--data" in second.stderr
        assert first.ask("/readyz").status == 200


def test_a_taken_port_is_told_before_a_database_is_started(data):
    with Martlet(data) as first, Wire(first.port):
        other = Path(first.folder) / "other"
        second = run("serve", "--port", first.port, "--data", other)
        assert second.returncode == 78
        assert "Address already in use" in second.stderr and "--port" in second.stderr
        assert not (other / "postgresql" / "data").exists()


def test_a_process_that_dies_again_and_again_is_started_again_and_leaves_nothing(data):
    with Martlet(data, {"MARTLET_WEB_PROCESSES": "1"}) as server:
        for _ in range(3):
            old = until(server.web_processes, "a web process").pop()
            kill(old)
            until(lambda: server.web_processes() not in ({old}, set()), "another process")
        until(lambda: server.ask("/healthz").status == 200, "an answer")
        assert len(server.events("web.died")) == 3
        zombies = [pid for pid in children(server.process.pid) if not is_alive(pid)]
        assert not zombies
