"""What the scripts say to somebody who starts them on a machine that is not ready."""

import os
import re
import signal
import subprocess
import urllib.request

import pytest
from martlets import copy, until
from serving import end, environment, two_free_ports


def start(repository, script, *arguments, path=None):
    environment = {**os.environ, **({"PATH": path} if path else {})}
    return subprocess.run(
        [repository / "script" / script, *arguments],
        env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def machine(tmp_path):
    """A PATH with a current Swift, on which some programs answer what a test wants."""

    def make(programs):
        usual = {
            "swift": "echo 'Swift version 6.3.1 (swift-6.3.1-RELEASE)'",
            "pg_lsclusters": "exit 0",
            "apt-get": "echo apt-get was called",
        }
        for name, text in {**usual, **programs}.items():
            (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
            (tmp_path / name).chmod(0o755)
        return f"{tmp_path}:/usr/bin:/bin"

    return make


def test_setup_says_nothing_when_nothing_lacks(repository):
    done = start(repository, "setup", "test")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_setup_says_where_to_get_a_newer_swift(repository, machine):
    path = machine({"swift": "echo 'Swift version 5.10.1 (swift-5.10.1-RELEASE)'"})
    done = start(repository, "setup", path=path)
    assert done.returncode == 1
    assert "Swift 6.2 or newer is needed, 5.10.1 was found" in done.stderr
    assert "https://www.swift.org/install/linux/" in done.stderr


def test_setup_says_what_to_run_where_it_may_not_install(repository, machine):
    path = machine({"dpkg-query": "exit 1", "id": "echo 1000", "sudo": "exit 1"})
    done = start(repository, "setup", path=path)
    assert done.returncode == 1
    assert "libpq-dev: the PostgreSQL tool is built on libpq" in done.stderr
    assert "apt-get install --no-install-recommends postgresql-15 libpq-dev" in done.stderr


def test_setup_does_not_restart_a_database_that_somebody_uses(repository, machine):
    path = machine(
        {
            "dpkg-query": "echo installed 15.13-0+deb12u1",
            "pg_lsclusters": "echo 15 main 5432 online postgres /var/lib/postgresql/15/main log",
        }
    )
    done = start(repository, "setup", path=path)
    assert done.returncode == 1
    assert "which restarts 15/main" in done.stderr
    assert "apt-get was called" not in done.stdout + done.stderr


def test_scripts_refuse_what_they_do_not_know(repository):
    for script, argument, status in [("setup", "everything", 1), ("server", "--fast", 64)]:
        done = start(repository, script, argument)
        assert done.returncode == status
        assert argument in done.stderr and "Use: " in done.stderr


@pytest.mark.parametrize("arguments", [["nothing"], ["json", "soon"], ["json", "0"], ["all", "1", "2"]])
def test_fuzz_refuses_what_it_does_not_know(repository, arguments):
    done = start(repository, "fuzz", *arguments)
    assert (done.returncode, done.stdout) == (64, "")
    assert done.stderr.startswith("fuzz: ") and "Use: script/fuzz" in done.stderr


def test_fuzz_lists_its_targets_each_with_inputs_to_start_from(repository):
    done = start(repository, "fuzz")
    assert (done.returncode, done.stderr) == (0, "")
    declared = (repository / "Tests" / "Fuzz" / "FuzzTarget.swift").read_text()
    assert done.stdout.split() == re.findall(r'name: "(\w+)"', declared)
    for name in done.stdout.split():
        assert list((repository / "Tests" / "Fuzz" / "corpus" / name).iterdir())


@pytest.mark.parametrize("arguments", [[], ["memory"], ["thread", "Mail", "HTTP"]])
def test_sanitize_refuses_what_it_does_not_know(repository, arguments):
    done = start(repository, "sanitize", *arguments)
    assert (done.returncode, done.stdout) == (64, "")
    assert done.stderr.startswith("sanitize: ") and "Use: script/sanitize" in done.stderr


def test_server_has_a_mailbox_beside_it_and_ends_it_too(repository, prepared, folders, free_port):
    ports = {"PORT": str(free_port()), "SANDBOX_PORT": str(two_free_ports())}
    data = copy(prepared, folders.new())
    process = subprocess.Popen(
        [repository / "script" / "server"], env={**environment(), **ports, "MARTLET_DATA": str(data)},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        mailbox = f"http://localhost:{ports['SANDBOX_PORT']}/mail"
        assert process.stdout.readline() == f"ready http://localhost:{ports['PORT']}\n"
        assert process.stdout.readline() == f"mail {mailbox}\n"
        with urllib.request.urlopen(mailbox, timeout=30) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        until(lambda: not answers(mailbox), "the sandbox to end")
    finally:
        end(process)


def answers(url):
    try:
        urllib.request.urlopen(url, timeout=30).close()
        return True
    except OSError:
        return False
