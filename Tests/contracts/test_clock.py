"""One clock for all processes, which a file moves."""

import struct

import requests
from martlets import MARTLET, Martlet, run

PASSWORD = "plenty of sparrows"


def test_a_moved_clock_ends_tokens_in_every_process(data, folders):
    clock = folders.new() / "clock"
    clock.write_bytes(struct.pack("=q", 0))
    settings = {"MARTLET_CLOCK": str(clock), "MARTLET_WEB_PROCESSES": "2"}
    with Martlet(data, settings, binary=MARTLET) as server:
        form = {"email": "a@example.com", "password": PASSWORD, "accept_terms": "1.0"}
        made = requests.post(f"{server.url}/api/auth/register", json=form).json()
        headers = {"Authorization": f"Bearer {made['access_token']}"}

        def answers():
            # A connection each, so that both processes are asked.
            return {requests.get(f"{server.url}/api/me", headers=headers).status_code
                    for _ in range(20)}  # fmt: skip

        assert answers() == {200}
        with clock.open("r+b") as file:
            file.write(struct.pack("=q", made["expires_in"] + 1))
        assert answers() == {401}
        refreshed = requests.post(
            f"{server.url}/api/auth/refresh", json={"refresh_token": made["refresh_token"]}
        )
        headers = {"Authorization": f"Bearer {refreshed.json()['access_token']}"}
        assert answers() == {200}


def test_a_public_address_keeps_the_right_time(data, folders):
    clock = folders.new() / "clock"
    clock.write_bytes(bytes(8))
    settings = {"MARTLET_CLOCK": str(clock), "MARTLET_BASE_URL": "https://shops.example"}
    done = run("serve", "--data", data, settings=settings)
    assert done.returncode == 78
    assert "MARTLET_CLOCK" in done.stderr


def test_a_clock_that_is_no_file_is_told(data):
    done = run("job", "run", "jobs.purge_dead_letters", "--data", data,
               settings={"MARTLET_CLOCK": "/nowhere/clock"})  # fmt: skip
    assert done.returncode == 78
    assert "MARTLET_CLOCK" in done.stderr


def test_the_product_has_no_fault_points(data):
    done = run("serve", "--data", data, settings={"MARTLET_FAULT": "7"})
    assert done.returncode == 78
    assert "MARTLET_FAULT" in done.stderr
