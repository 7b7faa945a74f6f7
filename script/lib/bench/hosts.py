"""Many shops: how soon a server with all of them starts, answers on their hosts, and at what size."""

import random
import time

from bench.load import percentile, run
from bench.people import read_on_a_clock
from bench.probe import Probe, resident_bytes

# The API counts callers by address, and here all come from one.
SETTINGS = {"MARTLET_API_RATE": "1000000"}
PATHS = ("/api/storefront/bootstrap", "/")


def look_up_hosts(server, count, reads_per_second, seconds):
    """Figures of a server that is started on a database with `count` shops.

    Another server has made that database: the tables of other benchmarks would fail its audit.
    """
    with Probe(server.binary) as first:
        make_shops(first, count)
        return measure(first, count, reads_per_second, seconds)


def measure(server, count, reads_per_second, seconds):
    login = f"host={socket_folder(server)} dbname=martlet user=martlet_web"
    settings = SETTINGS | {"DATABASE_URL": login, "MARTLET_KEYS": f"{server.data}/root-keys"}
    began = time.monotonic()
    with Probe(server.binary, settings=settings, role="web") as second:
        started = time.monotonic() - began
        # In no order, so that each is a first visit for as long as there are shops left.
        order = random.Random(1).choices(range(count), k=reads_per_second * seconds)

        def request(number):
            return PATHS[number % len(PATHS)], f"bench-{order[number]}.localhost"

        times, failed = read_on_a_clock(second.port, reads_per_second, seconds, request=request)
        resident = sum(map(resident_bytes, second.web_processes()))
    return {
        "shops": count,
        "start_seconds": started,
        "reads": len(times),
        "failed_reads": failed,
        "p50_ms": percentile(times, 50) * 1e3,
        "p99_ms": percentile(times, 99) * 1e3,
        "resident_megabytes": resident / 1e6,
    }


def make_shops(server, count):
    """Open shops `bench-0`, `bench-1`, … with a brand each."""
    statements = f"""
        WITH made AS (
          INSERT INTO app.shop_slugs (slug, shop_id)
          SELECT 'bench-' || n, gen_random_uuid() FROM generate_series(0, {count - 1}) AS n
          ON CONFLICT DO NOTHING RETURNING slug, shop_id)
        INSERT INTO app.shops
          (shop_id, slug, name, tagline, state, currency, locale, time_zone, country, primary_color)
        SELECT shop_id, slug, 'Shop ' || slug, 'What ' || slug || ' sells', 'active', 'KES', 'en',
               'Africa/Nairobi', 'KE', '#' || substr(md5(slug), 1, 6)
          FROM made;
        ANALYZE app.shops, app.shop_slugs;
        """
    login = ["-h", socket_folder(server), "-U", "postgres", "-d", "martlet"]
    run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *login, "-c", statements])


def socket_folder(server):
    return f"{server.data}/postgresql/socket"
