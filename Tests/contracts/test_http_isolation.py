"""One client that cuts its requests anywhere, and others whose answers must stay their own."""

import contextlib
import itertools
import random
import threading

from martlets import until
from wire import Wire, request

CUTS = 10_000
CUTTERS = 4
READERS = 3


def whole(seed):
    """Requests of every shape, each with words that nobody else may ever read."""
    secret = f"secret-{seed}"
    return [
        request(f"/probe/echo?text={secret}"),
        request(f"/probe/echo?text={secret}") * 3,
        request(f"/probe/slow?milliseconds=1&of={secret}", f"Cookie: theme={secret}"),
        request("/preferences", "Content-Type: application/x-www-form-urlencoded",
                method="POST", body=f"theme=dark&return_to=/{secret}".encode()),
        request("/preferences", "Content-Type: application/x-www-form-urlencoded",
                "Transfer-Encoding: chunked", method="POST")
        + b"1c\r\ntheme=dark&return_to=/secret\r\n0\r\n\r\n",
        request("/pricing", "Accept-Encoding: gzip", f"X-Request-Id: {secret}"),
        request(f"/nowhere/{secret}", "Accept: text/html"),
        request("/probe/plain", method="HEAD") + request(f"/probe/echo?text={secret}"),
    ]  # fmt: skip


def cut(port, seed, count):
    random_ = random.Random(seed)
    for number in range(count):
        data = random_.choice(whole(f"{seed}-{number}"))
        end = random_.randrange(1, len(data) + 1)
        middle = random_.randrange(end + 1)
        with contextlib.suppress(OSError), Wire(port) as wire:
            # In two pieces, so that the server has often begun to read.
            wire.send(data[:middle])
            wire.send(data[middle:end])
            if end == len(data):
                wire.socket.recv(1)
            random_.choice([wire.reset, wire.socket.close])()


class Reader(threading.Thread):
    """Asks for words of its own, alone and several at once, and keeps what differs."""

    def __init__(self, port, name, finished):
        super().__init__()
        self.port, self.own, self.finished = port, name, finished
        self.compared = 0
        self.wrong = []

    def run(self):
        try:
            with Wire(self.port) as wire:
                for number in itertools.count():
                    if self.finished.is_set():
                        return
                    self.compare(wire, [f"{self.own}-{number}-{n}" for n in range(number % 5 + 1)])
        except Exception as error:  # noqa: BLE001, a thread's error is the test's
            self.wrong.append(repr(error))

    def compare(self, wire, words):
        wire.send(b"".join(request(f"/probe/echo?text={w}", f"X-Request-Id: {w}") for w in words))
        for word in words:
            answer = wire.answer()
            self.compared += 1
            if (answer.status, answer.text, answer["x-request-id"]) != (200, word, word):
                self.wrong.append(f"{word}: {answer}")


def test_requests_cut_anywhere_never_mix_with_those_of_others(probe):
    finished = threading.Event()
    readers = [Reader(probe.port, f"reader-{n}", finished) for n in range(READERS)]
    cutters = [
        threading.Thread(target=cut, args=(probe.port, seed, CUTS // CUTTERS))
        for seed in range(CUTTERS)
    ]
    processes = probe.web_processes()
    for thread in readers + cutters:
        thread.start()
    for thread in cutters:
        thread.join()
    until(lambda: sum(reader.compared for reader in readers) > 1_000, "enough comparisons")
    finished.set()
    for reader in readers:
        reader.join()
    assert [one for reader in readers for one in reader.wrong][:5] == []
    compared = sum(reader.compared for reader in readers)
    print(f"\n{compared} answers compared beside {CUTS} cut requests")
    assert probe.web_processes() == processes
