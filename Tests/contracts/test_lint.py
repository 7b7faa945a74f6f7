"""script/lint finds what each of its checks is for, and leaves good code alone."""

import os
import shutil
import subprocess
import sys

import pytest

PACKAGE = """\
// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "sample",
  targets: [
    .systemLibrary(name: "CThing", path: "Sources/CLibraries/CThing"),
    .target(name: "Thing", dependencies: ["CThing"], path: "Sources/Tools/Thing"),
    .target(name: "Face", dependencies: ["Thing"], path: "Sources/Shell/Face"),
  ]
)
"""
GOOD = {
    "Package.swift": PACKAGE,
    "Sources/Tools/Thing/Thing.swift": "import CThing\n\npackage struct Thing {}\n",
    "Sources/Shell/Face/Face.swift": "import Thing\n\npackage struct Face { let thing: Thing }\n",
    "Sources/Shell/Face/Page.swift": (
        'func page(_ face: Face) -> HTML {\n  "<p class=\\"lead\\">\\(text: "Hello") &middot; 1</p>"\n}\n'
    ),
    "Sources/Shell/Face/Routes.swift": 'let routes = [page: "fa", asset: "app.css"]\n',
    "Sources/Shell/Face/Router.swift": "func router() { _ = routes }\n",
    "Sources/martlet/Martlet.swift": "@main struct Martlet { func main() { router() } }\n",
    "Assets/app.css": "body { margin: 0 }\n",
    "Locales/fa.json": "{}\n",
    "Migrations/0001-shops.sql": "SELECT 1;\n",
}


@pytest.fixture
def lint(tmp_path, repository):
    """Runs checks over a small good project in which some files are replaced."""

    def run(checks, files=None):
        for path, text in {**GOOD, **(files or {})}.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
        shutil.copy(repository / ".swift-format", tmp_path)
        command = [sys.executable, "-m", "lint", *checks.split()]
        environment = {**os.environ, "PYTHONPATH": str(repository / "script" / "lib")}
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == (1 if done.stdout else 0), done.stderr
        return done.stdout

    return run


def test_says_nothing_about_a_good_project(lint):
    assert lint("imports leftovers letters unused") == ""


def test_refuses_an_unknown_check(repository):
    done = subprocess.run([repository / "script" / "lint", "speling"], capture_output=True, text=True)
    assert done.returncode == 64
    assert "formatting" not in done.stdout and "letters" in done.stdout


def test_finds_a_file_that_is_not_formatted(lint):
    said = lint("format", files={"Sources/Tools/Thing/Thing.swift": "struct  Thing {\n      }\n"})
    assert "Sources/Tools/Thing/Thing.swift:1: [Spacing]" in said


def package_with(before, after):
    assert before in PACKAGE
    return {"Package.swift": PACKAGE.replace(before, after)}


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        (
            {"Sources/Shell/Face/Face.swift": "import CThing\nimport Thing\n"},
            "Sources/Shell/Face/Face.swift:1: Face imports CThing, which Package.swift does not name",
        ),
        (
            {"Sources/Shell/Face/Face.swift": "@_exported import Thing\n"},
            "Sources/Shell/Face/Face.swift:1: @_exported hides an arrow",
        ),
        (
            {"Sources/Shell/Face/Face.swift": "// import Thing\n"},
            "Face names Thing and no file of Sources/Shell/Face imports it",
        ),
        (
            package_with('dependencies: ["CThing"]', 'dependencies: ["CThing", "Wide"]')
            | package_with('["Thing"]', '["Thing", "CThing"]'),
            "Face (Shell) may not use CThing (CLibraries)",
        ),
        (package_with('["Thing"]', '["Thing", "CThing"]'), "CThing is used by Face, Thing"),
        (package_with("Sources/Tools/Thing", "Sources/Misc/Thing"), "is in no layer"),
    ],
)
def test_finds_an_import_that_is_no_arrow(lint, files, complaint):
    files = files | {"Sources/Misc/Thing/Thing.swift": "import CThing\n"}
    assert complaint in lint("imports", files=files)


def test_sees_an_import_of_one_declaration_with_its_access(lint):
    source = "@preconcurrency package import struct CThing.Whole\nimport Thing\n"
    said = lint("imports", files={"Sources/Shell/Face/Face.swift": source})
    assert "Face.swift:1: Face imports CThing" in said


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("// TODO: later", "TODO"),
        ("/* a FIXME inside */", "FIXME"),
        ("let x = y  // good enough for now", "for now"),
        ('throw Refusal("Not implemented")', "not implemented"),
        ("let x = try! read()", "try!"),
        ("let x = y as! Int", "as!"),
        ("default: fatalError()", "fatalError"),
        ("print(x)", "print"),
        ('let x = "\\(try! read())"', "try!"),
    ],
)
def test_finds_a_leftover(lint, line, what):
    said = lint("leftovers", files={"Sources/Tools/Thing/Thing.swift": f"\n{line}\n"})
    assert said.startswith(f"Sources/Tools/Thing/Thing.swift:2: {what}.")


@pytest.mark.parametrize(
    "line",
    [
        "let x = try! read()  // lint: allow(try!): the literal is checked by its test",
        "// lint: allow(as!, try!): the literal is checked by its test\nlet x = try! y as! Int",
        'let x = "never try! this"',
        'let titles = [501: "Not Implemented"]',
        "// Here print(x) would be lost.",
        "let fingerprint = page.print(x)",
        'let x = #"a raw " quote"# + """\n  text " with try! quotes\n  """',
    ],
)
def test_leaves_alone_what_is_no_leftover(lint, line):
    assert lint("leftovers", files={"Sources/Tools/Thing/Thing.swift": f"{line}\n"}) == ""


def test_wants_a_reason_for_an_exception(lint):
    files = {"Sources/Tools/Thing/Thing.swift": "// lint: allow(try!):\nlet x = try! read()\n"}
    assert "Thing.swift:2: try!." in lint("leftovers", files=files)


def test_finds_a_leftover_in_what_is_not_swift(lint):
    files = {"Migrations/0001-shops.sql": "SELECT 1;\n-- TODO\n"}
    assert "Migrations/0001-shops.sql:2: TODO." in lint("leftovers", files=files)


@pytest.mark.parametrize(
    ("literal", "complaint"),
    [
        ('"<p>Hello</p>"', '"Hello" in a page literal'),
        ('"<p>\\(name), welcome</p>"', '"welcome" in a page literal'),
        ('"<p>سلام</p>"', '"سلام" in a page literal'),
        ('"""\n  <ul>\n    <li>one</li>\n  </ul>\n  """', '"one" in a page literal'),
        ('#"<img src="/a.png" alt="A bird">"#', 'alt="A bird" in a page literal'),
        ('"<input placeholder=\\"Name\\">"', 'placeholder="Name" in a page literal'),
        ('"\\" class=\\"a\\">Go</a>"', '"Go" in a page literal'),
    ],
)
def test_finds_letters_in_a_page_literal(lint, literal, complaint):
    said = lint("letters", files={"Sources/Shell/Face/Page.swift": f"let page = {literal}\n"})
    assert complaint in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    "literal",
    [
        '"<p class=\\"a b\\" title=\\"\\(text: "Total")\\">\\(text: "Hello, \\(name)")</p>"',
        '"<p>&nbsp;&middot;\\u{2014} 12 %\\n</p>"',
        '"<script>let answer = 42</script><style>a { color: red }</style>"',
        '"<!-- words --><br>"',
        '"Array<Int> is a type"',
        '"a < b and b > c"',
        '"Hello, no markup here"',
    ],
)
def test_leaves_alone_what_is_no_word_on_a_page(lint, literal):
    assert lint("letters", files={"Sources/Shell/Face/Page.swift": f"let page = {literal}\n"}) == ""


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        (
            {"Sources/Shell/Face/Lost.swift": "struct Lost { var id = 1 }\n"},
            "Sources/Shell/Face/Lost.swift:1: nothing that it declares",
        ),
        ({"Assets/lost.css": "a {}\n"}, "Assets/lost.css:1: no page, style sheet or script"),
        ({"Locales/xx.json": "{}\n"}, "Locales/xx.json:1: no source file"),
        ({"script/lost": "#!/bin/sh\n"}, "script/lost:1: no script or document"),
        ({"Migrations/shops.sql": "SELECT 1;\n"}, "no number runs it and no source file mentions it"),
        ({"Migrations/0003-more.sql": "SELECT 1;\n"}, "number 0002 should come here"),
    ],
)
def test_finds_a_file_without_use(lint, files, complaint):
    assert complaint in lint("unused", files=files)
