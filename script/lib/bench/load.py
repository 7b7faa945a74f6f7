"""The loads: each makes a context manager that hands out `run(seconds) -> Measure`."""

import json
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from serving import end, free_port

THREADS = 2
REPORT = Path(__file__).with_name("wrk_report.lua")


class Measure(NamedTuple):
    per_second: float
    p50_ms: float
    p99_ms: float

    def __str__(self):
        return f"{self.per_second:,.0f}/s (p50 {self.p50_ms:.2f} ms, p99 {self.p99_ms:.2f} ms)"


def wrk(path, connections):
    @contextmanager
    def prepared(server):
        server.database  # The rows that the routes read are seeded with it.
        yield lambda seconds: run_wrk(server.url + path, connections, seconds)

    return prepared


def run_wrk(url, connections, seconds):
    command = ["wrk", f"-t{THREADS}", f"-c{connections}", f"-d{seconds}s", "-s", REPORT]
    said = run([*command, "-H", "Accept-Encoding: identity", url])
    found = json.loads(said.strip().splitlines()[-1])
    if found["errors"]:
        raise RuntimeError(f"{url}: {found['errors']} of {found['requests']} requests failed")
    return Measure(
        found["requests"] / found["microseconds"] * 1e6,
        found["p50_microseconds"] / 1e3,
        found["p99_microseconds"] / 1e3,
    )


def nginx(path, connections):
    """nginx with 2 workers, serving a file of the bytes that we answer at `path`."""

    @contextmanager
    def prepared(server):
        with tempfile.TemporaryDirectory(prefix="martlet-bench-nginx-") as folder:
            prefix = Path(folder)
            prefix.chmod(0o755)  # Its workers leave root behind.
            (prefix / "file").write_bytes(server.get(path))
            port = free_port()
            (prefix / "nginx.conf").write_text(NGINX.format(port=port))
            binary = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")
            command = [binary, "-p", folder, "-c", "nginx.conf", "-e", "stderr"]
            with (prefix / "log").open("w") as log:
                process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=log)
                try:
                    url = f"http://127.0.0.1:{port}/file"
                    wait_until_answers(url, process)
                    yield lambda seconds: run_wrk(url, connections, seconds)
                finally:
                    end(process)

    return prepared


NGINX = """\
daemon off;
worker_processes 2;
worker_rlimit_nofile 8192;
pid nginx.pid;
error_log stderr;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 100000000;
  open_file_cache max=100 inactive=60s;
  open_file_cache_valid 60s;
  default_type text/plain;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  server {{
    listen 127.0.0.1:{port};
    root .;
  }}
}}
"""


def wait_until_answers(url, process, seconds=10):
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{url} answered {error.code}") from error
        except OSError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"nginx did not start: {error}") from error
            time.sleep(0.02)


def pgbench(script, clients, units=1, prepare=None, user=None):
    """`units`: how many of what is counted one run of the script does. `prepare`: called beforehand.
    `user`: who logs in, where it is not the web processes' login."""

    @contextmanager
    def prepared(server):
        database = server.database | ({"user": user} if user else {})
        if prepare:
            prepare(server)
        with tempfile.TemporaryDirectory(prefix="martlet-bench-pgbench-") as folder:
            file = Path(folder) / "script.sql"
            file.write_text(script.format(**database))

            def measure(seconds):
                runs = run_pgbench(database, file, clients, seconds)
                return Measure(runs.per_second * units, runs.p50_ms / units, runs.p99_ms / units)

            yield measure

    return prepared


def run_pgbench(database, script, clients, seconds):
    for old in script.parent.glob("log.*"):
        old.unlink()
    where = ["-h", database["host"], "-p", str(database["port"]), "-U", database["user"]]
    how = ["-n", "-M", "prepared", "-c", str(clients), "-j", str(THREADS), "-T", str(seconds)]
    log = ["-l", "--sampling-rate=0.1", f"--log-prefix={script.parent / 'log'}"]
    rows = ["-D", f"rows={database['rows']}"]
    said = run(["pgbench", *where, *how, *log, *rows, "-f", script, database["dbname"]])
    per_second = re.search(r"^tps = ([\d.]+)", said, re.MULTILINE)
    if not per_second or not re.search(r"^number of failed transactions: 0 ", said, re.MULTILINE):
        raise RuntimeError(f"pgbench did not finish its transactions:\n{said}")
    logs = script.parent.glob("log.*")
    # The third column of a line is the transaction's time in microseconds.
    times = sorted(int(line.split()[2]) for file in logs for line in file.open())
    return Measure(float(per_second[1]), percentile(times, 50) / 1e3, percentile(times, 99) / 1e3)


def percentile(ordered, percent):
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def probe_transactions(connections):
    """The PostgreSQL tool without HTTP; the probe itself counts."""

    @contextmanager
    def prepared(server):
        server.database
        command = [server.binary, "transaction", "--data", server.data]
        command += ["--connections", str(connections), "--seconds"]

        def measure(seconds):
            found = json.loads(run([*command, str(seconds)]).strip().splitlines()[-1])
            return Measure(found["transactions_per_second"], found["p50_ms"], found["p99_ms"])

        yield measure

    return prepared


def probe_jobs(processes, places):
    """Jobs enqueued here and done by worker processes; the effects' rows are counted."""

    @contextmanager
    def prepared(server):
        server.database
        command = [server.binary, "jobs", "--data", server.data]
        command += ["--processes", str(processes), "--places", str(places), "--seconds"]

        def measure(seconds):
            found = json.loads(run([*command, str(seconds)]).strip().splitlines()[-1])
            return Measure(found["jobs_per_second"], found["p50_ms"], found["p99_ms"])

        yield measure

    return prepared


def prepare_jobs(server):
    run([server.binary, "jobs-prepare", "--data", server.data])


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        words = " ".join(map(str, command))
        raise RuntimeError(f"{words}\nfailed:\n{done.stdout[-1000:]}{done.stderr[-2000:]}")
    return done.stdout
