"""The command line: what each command prints, refuses and exits with."""

import json
import re
import shutil

import pytest
from martlets import MARTLET, Martlet, copy, run
from serving import free_port

USAGE, FAILED, MIGRATIONS, CONFIGURATION = 64, 70, 75, 78


def complaints(done):
    """Each line on its own, and nothing of Swift's in them."""
    lines = done.stderr.splitlines()
    assert all(line.startswith("martlet: ") for line in lines), done.stderr
    return [line.removeprefix("martlet: ") for line in lines]


# The command line.


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["help"], [], ["serve", "--help"]])
def test_help_names_commands_settings_and_exit_codes(arguments):
    done = run(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    for word in ("martlet serve", "martlet migrate", "martlet doctor", "DATABASE_URL", "78"):
        assert word in done.stdout


def test_help_names_every_setting_there_is(repository):
    source = (repository / "Sources" / "Wiring" / "Settings.swift").read_text()
    known = set(re.findall(r'"(MARTLET_[A-Z_]+)"', source)) | {"DATABASE_URL"}
    assert len(known) > 10
    text = run("--help").stdout
    assert [name for name in sorted(known) if name not in text] == []


def test_version_is_one_line():
    for spelling in ("--version", "version"):
        assert re.fullmatch(r"martlet \d+\.\d+\.\d+\n", run(spelling).stdout)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["srve"], ['no command "srve"', "--help"]),
        (["serve", "--prot", "80"], ["no option --prot", "--help"]),
        (["serve", "--port"], ["--port needs a value"]),
        (["serve", "--port", "0"], ["--port", "1 to 65535"]),
        (["serve", "--port", "http"], ["--port", "1 to 65535"]),
        (["serve", "--role", "cook"], ["--role"]),
        (["serve", "8080"], ["8080"]),
        (["migrate", "--json"], ["no option --json"]),
        (["doctor", "--json=yes"], ["--json"]),
    ],
)
def test_a_wrong_command_line_is_refused_in_one_line(arguments, words):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (USAGE, "")
    (line,) = complaints(done)
    assert [word for word in words if word not in line] == []


# Settings.


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"MARTLET_WEB_PROCESSES": "0"}, ["MARTLET_WEB_PROCESSES", '"0"', "1 to 64"]),
        ({"MARTLET_CONNECTIONS": "many"}, ["MARTLET_CONNECTIONS", '"many"', "1 to 100"]),
        ({"MARTLET_METRICS_PORT": "65536"}, ["MARTLET_METRICS_PORT", "65535"]),
        ({"MARTLET_BASE_URL": "shops.example"}, ["MARTLET_BASE_URL", "https://shops.example"]),
        ({"MARTLET_BASE_URL": "https://a.example/x"}, ["MARTLET_BASE_URL"]),
        ({"MARTLET_TRUSTED_PROXIES": "10.0.0.0/33"}, ["MARTLET_TRUSTED_PROXIES", "10.0.0.0/33"]),
        ({"MARTLET_LOG_REQUESTS": "some"}, ["MARTLET_LOG_REQUESTS", "failed, all"]),
        ({"MARTLET_RESOURCES": "/var/empty"}, ["MARTLET_RESOURCES", "/var/empty", "Migrations"]),
        ({"DATABASE_URL": "localhost"}, ["DATABASE_URL", "postgresql://"]),
        ({"MARTLET_CONFIG": "/nowhere"}, ["MARTLET_CONFIG", "/nowhere"]),
        ({"MARTLET_WEB_PROCESES": "2"}, ["MARTLET_WEB_PROCESES", "no such setting"]),
    ],
)
def test_a_wrong_setting_is_one_line_that_says_what_it_takes(settings, words, folders):
    data = folders.new() / "data"
    done = run("serve", "--port", free_port(), "--data", data, settings=settings)
    assert (done.returncode, done.stdout) == (CONFIGURATION, "")
    (line,) = complaints(done)
    assert [word for word in words if word not in line] == []
    assert not data.exists()


def test_all_wrong_settings_are_told_at_once_and_secrets_never(folders):
    settings = {
        "MARTLET_CONNECTIONS": "x", "MARTLET_WEB_PROCESSES": "y",
        "DATABASE_URL": "martlet_web:hunter2@localhost",
    }  # fmt: skip
    done = run("serve", "--data", folders.new() / "data", settings=settings)
    assert done.returncode == CONFIGURATION
    assert len(complaints(done)) == 3
    assert "hunter2" not in done.stderr


def test_a_bind_address_that_is_none_is_told(folders):
    settings = {"MARTLET_BIND": "not an address"}
    done = run("serve", "--port", free_port(), "--data", folders.new() / "data", settings=settings)
    assert done.returncode == CONFIGURATION
    (line,) = complaints(done)
    assert "not an address" in line and "MARTLET_BIND" in line


def test_a_data_folder_that_cannot_be_made_is_told():
    for command in ("serve", "migrate"):
        done = run(command, "--port", free_port(), "--data", "/proc/martlet")
        assert done.returncode == CONFIGURATION
        (line,) = complaints(done)
        assert "/proc/martlet" in line and "--data" in line


def test_settings_come_from_a_file_and_the_environment_wins(tmp_path, data):
    file = tmp_path / "martlet.conf"
    file.write_text(
        "# of the shops\n\nMARTLET_BASE_URL = https://shops.example\n"
        f"MARTLET_WEB_PROCESSES=7\r\nMARTLET_TRUSTED_PROXIES=\nMARTLET_DATA={data}\n"
    )
    assert "up to date" in run("migrate", settings={"MARTLET_CONFIG": str(file)}).stdout
    settings = {"MARTLET_CONFIG": str(file), "MARTLET_WEB_PROCESSES": "1"}
    with Martlet(data, settings, MARTLET) as server:
        assert len(server.web_processes()) == 1
        assert "https://shops.example/pricing" in server.ask("/pricing", host="shops.example").text


def test_a_wrong_line_of_the_file_is_told_by_its_number(tmp_path, folders):
    file = tmp_path / "martlet.conf"
    file.write_text("MARTLET_CONNECTIONS=4\nMARTLET_BIND 0.0.0.0\nMARTLET_COLOUR=red\n")
    done = run("migrate", "--data", folders.new() / "data", settings={"MARTLET_CONFIG": str(file)})
    assert done.returncode == CONFIGURATION
    number, name = complaints(done)
    assert f"line 2 of {file}" in number and "MARTLET_COLOUR" in name


# Migrations.


@pytest.fixture
def resources(repository, tmp_path):
    """A copy of what the program reads at start, for a test to change."""
    for name in ("Assets", "Locales", "Migrations"):
        shutil.copytree(repository / name, tmp_path / name)
    return tmp_path


def test_migrate_says_what_it_applied_and_then_that_nothing_is_left(folders, repository):
    data = folders.new() / "data"
    files = sorted(path.name for path in (repository / "Migrations").glob("[0-9]*.sql"))
    first, second = run("migrate", "--data", data), run("migrate", "--data", data)
    assert first.stdout.splitlines() == [f"applied {name}" for name in files]
    assert second.stdout == "The schema is up to date.\n"
    assert [done.returncode for done in (first, second)] == [0, 0]


@pytest.mark.parametrize("command", ["migrate", "serve"])
def test_an_edited_migration_is_refused(command, data, resources):
    edited = resources / "Migrations" / "0002-plans.sql"
    edited.write_text(edited.read_text() + "\n-- A word more.\n")
    settings = {"MARTLET_RESOURCES": str(resources)}
    more = ["--port", free_port()] if command == "serve" else []
    done = run(command, *more, "--data", data, settings=settings)
    assert done.returncode == MIGRATIONS
    assert "0002-plans.sql was changed after this database ran it" in done.stderr
    complaints(done)


def test_a_migration_that_fails_leaves_nothing_and_is_tried_anew(data, resources):
    numbers = [int(path.name[:4]) for path in (resources / "Migrations").glob("[0-9]*.sql")]
    new = resources / "Migrations" / f"{max(numbers) + 1:04}-broken.sql"
    settings = {"MARTLET_RESOURCES": str(resources)}
    new.write_text("CREATE TABLE app.half (id int);\nSELECT 1 / 0;\n")
    broken = run("migrate", "--data", data, settings=settings)
    assert broken.returncode == MIGRATIONS
    assert f"{new.name} failed and left nothing behind" in broken.stderr
    new.write_text("SELECT 1;\n")
    mended = run("migrate", "--data", data, settings=settings)
    assert mended.stdout == f"applied {new.name}\n"


@pytest.mark.parametrize("command", ["migrate", "serve"])
def test_a_database_that_is_newer_than_the_program_is_left_alone(command, data, resources):
    numbers = [int(path.name[:4]) for path in (resources / "Migrations").glob("[0-9]*.sql")]
    later = f"{max(numbers) + 1:04}-later.sql"
    (resources / "Migrations" / later).write_text("SELECT 1;\n")
    newer = {"MARTLET_RESOURCES": str(resources)}
    assert run("migrate", "--data", data, settings=newer).returncode == 0
    more = ["--port", free_port()] if command == "serve" else []
    done = run(command, *more, "--data", data)
    assert done.returncode == MIGRATIONS
    assert f"newer than this program: it has migration {later[:-4]}" in done.stderr


# Somebody else's PostgreSQL.


class Cluster:
    """A server with databases for one test each, all copies of a migrated one."""

    def __init__(self, server):
        self.server = server
        self.made = 0
        self.server.sql("CREATE DATABASE pristine")
        done = run("migrate", settings=self.settings("pristine"))
        assert done.returncode == 0, done.stderr

    def database(self, template="pristine"):
        self.made += 1
        name = f"made_{self.made}"
        self.server.sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def url(self, database, login):
        return f"host={self.server.socket_folder} user={login} dbname={database}"

    def settings(self, database):
        return {
            "DATABASE_URL": self.url(database, "martlet_web"),
            "MARTLET_MIGRATE_URL": self.url(database, "postgres"),
            "MARTLET_WORKER_URL": self.url(database, "martlet_worker"),
        }

    def serve(self, database, login="martlet_web"):
        """As it ends: for what does not come to serve."""
        settings = {"DATABASE_URL": self.url(database, login), "MARTLET_DATA": "/var/tmp"}
        return run("serve", "--port", free_port(), settings=settings)


@pytest.fixture(scope="module")
def cluster(prepared, session_folders):
    with Martlet(copy(prepared, session_folders.new()), {"MARTLET_WEB_PROCESSES": "1"}) as server:
        yield Cluster(server)


def test_serves_from_a_database_that_is_migrated_by_another_login(cluster):
    database = cluster.database(template="template1")
    # No CONNECT for martlet_web before the first migration: it says so rather than guess.
    settings = {"DATABASE_URL": cluster.url(database, "martlet_web")}
    lacking = run("migrate", settings=settings)
    assert lacking.returncode == CONFIGURATION
    assert "MARTLET_MIGRATE_URL" in lacking.stderr
    assert run("migrate", settings=cluster.settings(database)).returncode == 0
    # Nobody would do what is queued: it says so rather than serve pages whose orders lie there.
    without_worker = cluster.serve(database)
    assert without_worker.returncode == CONFIGURATION
    assert "MARTLET_WORKER_URL" in without_worker.stderr
    with Martlet(None, cluster.settings(database), MARTLET) as server:
        assert server.ask("/readyz").status == 200
        assert server.ask("/pricing").status == 200
        # Uploads wait in the data folder; the database is not there.
        assert server.data.is_dir()
        assert not (server.data / "postgresql").exists()


def test_serve_leaves_somebody_elses_database_unmigrated(cluster, resources):
    database = cluster.database()
    cluster.server.sql("DELETE FROM app.migrations WHERE number > 1", database)
    done = cluster.serve(database)
    assert done.returncode == MIGRATIONS
    assert "Run `martlet migrate`" in done.stderr
    assert cluster.server.sql("SELECT count(*) FROM app.migrations", database) == "1"


def test_serve_says_that_an_empty_database_is_to_be_migrated(cluster):
    done = cluster.serve(cluster.database(template="template1"))
    assert done.returncode == MIGRATIONS
    assert "Run `martlet migrate`" in done.stderr


def test_a_database_that_does_not_answer_is_told_without_its_password(tmp_path):
    url = f"postgresql://martlet_web:hunter2@localhost:{free_port()}/martlet"
    settings = {"DATABASE_URL": url, "MARTLET_DATA": str(tmp_path)}
    done = run("serve", "--port", free_port(), settings=settings)
    # Not 78, after which a service manager does not try again.
    assert done.returncode == FAILED
    assert "DATABASE_URL" in done.stderr and "refused" in done.stderr
    assert "hunter2" not in done.stderr
    complaints(done)


@pytest.mark.parametrize(
    ("tampering", "words"),
    [
        (
            "CREATE TABLE app.loose (shop_id uuid NOT NULL, id int, PRIMARY KEY (shop_id, id));"
            "ALTER TABLE app.loose OWNER TO martlet_owner",
            "app.loose does not force row-level security",
        ),
        ("ALTER TABLE app.shops NO FORCE ROW LEVEL SECURITY", "app.shops does not force"),
        (
            "CREATE POLICY all_rows ON app.shops TO martlet_staff USING (true)",
            "Policy all_rows of app.shops lets martlet_staff past its shop",
        ),
        ("GRANT TRUNCATE ON app.shops TO martlet_staff", "martlet_staff may TRUNCATE on app.shops"),
        ("GRANT SELECT ON app.shops TO martlet_web", "martlet_web may SELECT on app.shops"),
        ("ALTER TABLE app.shops OWNER TO postgres", "postgres owns app.shops"),
        ("GRANT CONNECT ON DATABASE {database} TO PUBLIC", "Everybody may CONNECT the database"),
    ],
)
def test_serve_refuses_a_database_whose_guards_were_taken_away(tampering, words, cluster):
    database = cluster.database()
    cluster.server.sql(tampering.format(database=database), database)
    done = cluster.serve(database)
    assert (done.returncode, done.stdout) == (CONFIGURATION, "")
    assert words in done.stderr
    complaints(done)


@pytest.mark.parametrize(
    ("tampering", "undoing", "words"),
    [
        ("SUPERUSER", "NOSUPERUSER", "Role martlet_web is superuser"),
        ("BYPASSRLS", "NOBYPASSRLS", "Role martlet_web is superuser, or has BYPASSRLS"),
        ("INHERIT", "NOINHERIT", "Role martlet_web inherits rights outside a scope"),
    ],
)
def test_serve_refuses_roles_that_can_do_more(tampering, undoing, words, cluster):
    cluster.server.sql(f"ALTER ROLE martlet_web {tampering}")
    try:
        done = cluster.serve(cluster.database())
        doctor = run("doctor", settings=cluster.settings("pristine"))
    finally:
        cluster.server.sql(f"ALTER ROLE martlet_web {undoing}")
    assert done.returncode == CONFIGURATION
    assert words in done.stderr
    assert doctor.returncode == CONFIGURATION
    assert words in doctor.stdout


def test_serve_refuses_a_login_that_no_policy_holds_back(cluster):
    for login in ("postgres", "martlet_migrate"):
        done = cluster.serve(cluster.database(), login)
        assert done.returncode == CONFIGURATION
        assert f"logs in as {login}, which no policy holds back" in done.stderr


# The doctor.


def test_the_doctor_finds_nothing_wrong_with_a_healthy_server(cluster):
    settings = cluster.settings("pristine")
    plain = run("doctor", settings=settings)
    assert plain.returncode == 0, plain.stdout
    assert all(line.startswith("ok ") for line in plain.stdout.splitlines())
    report = json.loads(run("doctor", "--json", settings=settings).stdout)
    assert report["ok"] is True
    assert {check["name"] for check in report["checks"]} >= {
        "settings", "languages", "data", "database", "schema", "isolation",
    }  # fmt: skip


def test_the_doctor_changes_nothing(folders):
    data = folders.new() / "data"
    done = run("doctor", "--json", "--data", data)
    report = json.loads(done.stdout)
    assert report["ok"] is False and done.returncode == CONFIGURATION
    states = {check["name"]: check["state"] for check in report["checks"]}
    assert states == {"settings": "ok", "languages": "ok", "data": "ok", "database": "unknown"}
    assert not data.exists()


def test_the_doctor_looks_at_a_server_that_runs(data):
    with Martlet(data, binary=MARTLET):
        done = run("doctor", "--data", data)
    assert done.returncode == 0, done.stdout


def test_the_doctor_tells_each_wrong_setting_as_a_finding(folders):
    settings = {"MARTLET_CONNECTIONS": "x", "MARTLET_COLOUR": "red"}
    done = run("doctor", "--json", "--data", folders.new(), settings=settings)
    assert done.returncode == CONFIGURATION
    failed = {one["name"] for one in json.loads(done.stdout)["checks"] if one["state"] == "failed"}
    assert failed == set(settings)


def test_the_doctor_tells_a_schema_that_is_behind(cluster):
    database = cluster.database()
    cluster.server.sql("DELETE FROM app.migrations WHERE number > 1", database)
    done = run("doctor", settings=cluster.settings(database))
    assert done.returncode == CONFIGURATION
    assert re.search(r"^failed +schema: \d+ migrations to apply", done.stdout, re.MULTILINE)
