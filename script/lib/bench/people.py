"""What signing in tells about who has an account, and what it costs those who only read."""

import http.client
import itertools
import json
import multiprocessing
import threading
import time
import uuid
from statistics import median

from bench.load import percentile

PASSWORD = "plenty of sparrows"
# Of one account, fewer than a throttle lets through at once.
TRIES_PER_ACCOUNT = 8

numbers = itertools.count(1)


def tell_known_from_unknown(server, pairs):
    """Times of wrong passwords for an address that somebody has and for one that nobody has, in turns."""
    emails = [register(server) for _ in range(-(-pairs // TRIES_PER_ACCOUNT))]
    known, unknown = [], []
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    for turn in range(pairs):
        known.append(time_of(connection, emails[turn // TRIES_PER_ACCOUNT]))
        unknown.append(time_of(connection, f"{uuid.uuid4()}@example.com"))
    return {
        "pairs": pairs,
        "known_ms": median(known) * 1e3,
        "unknown_ms": median(unknown) * 1e3,
        "difference_ms": abs(median(known) - median(unknown)) * 1e3,
    }


def time_of(connection, email):
    began = time.perf_counter()
    status, _ = sign_in(connection, email, "not the password")
    if status != 401:
        raise RuntimeError(f"a wrong password was answered with {status}")
    return time.perf_counter() - began


def register(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    email = f"{uuid.uuid4()}@example.com"
    form = {"email": email, "password": PASSWORD, "accept_terms": "1.0"}
    status, _ = post(connection, "/api/auth/register", form)
    if status != 201:
        raise RuntimeError(f"registering was answered with {status}")
    return email


def sign_in(connection, email, password):
    return post(connection, "/api/auth/login", {"email": email, "password": password})


def post(connection, path, form):
    """From an address of its own each time: what one address may do is not what is measured."""
    number = next(numbers)
    headers = {
        "Host": "localhost",
        "Content-Type": "application/json",
        "X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
    }
    connection.request("POST", path, json.dumps(form), headers)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status == 503 and not answer.getheader("Retry-After"):
        raise RuntimeError("a 503 without Retry-After")
    return answer.status, body


def read_beside_sign_ins(server, sign_ins, reads_per_second, seconds):
    """Reads of a page that is in memory, on a clock, while so many sign in again and again."""
    emails = [register(server) for _ in range(sign_ins)]
    ends = time.monotonic() + seconds + 2
    tally = multiprocessing.Queue()
    crowd = multiprocessing.Process(target=sign_in_until, args=(server.port, emails, ends, tally))
    crowd.start()
    time.sleep(1)  # Until the crowd is at work; what is measured comes after.
    times, failed = read_on_a_clock(server.port, reads_per_second, seconds)
    statuses = tally.get()
    crowd.join()
    return {
        "sign_ins_at_once": sign_ins,
        "signed_in": statuses.get(200, 0),
        "sent_away": statuses.get(503, 0),
        "other_statuses": {s: n for s, n in statuses.items() if s not in (200, 503)},
        "reads": len(times),
        "failed_reads": failed,
        "p50_ms": percentile(times, 50) * 1e3,
        "p99_ms": percentile(times, 99) * 1e3,
    }


def sign_in_until(port, emails, ends, tally):
    statuses, lock = {}, threading.Lock()

    def one(email):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while time.monotonic() < ends:
            status, _ = sign_in(connection, email, PASSWORD)
            with lock:
                statuses[status] = statuses.get(status, 0) + 1
            if status == 503:
                time.sleep(1)

    threads = [threading.Thread(target=one, args=(email,)) for email in emails]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tally.put(statuses)


def the_prices(_):
    return "/pricing", "localhost"


def read_on_a_clock(port, per_second, seconds, connections=8, request=the_prices):
    """Each read is timed from when it was due, so a server that stalls cannot hide it.

    `request` gives path and host of a read by its number."""
    times, failed, lock = [], 0, threading.Lock()
    began = time.monotonic() + 0.05

    def reader(first):
        nonlocal failed
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        for number in range(first, per_second * seconds, connections):
            due = began + number / per_second
            time.sleep(max(0, due - time.monotonic()))
            try:
                path, host = request(number)
                connection.request("GET", path, headers={"Host": host})
                answer = connection.getresponse()
                answer.read()
                is_right = answer.status == 200
            except (OSError, http.client.HTTPException):
                connection.close()
                is_right = False
            with lock:
                times.append(time.monotonic() - due)
                failed += not is_right

    threads = [threading.Thread(target=reader, args=(n,)) for n in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(times), failed
