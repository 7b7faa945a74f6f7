"""Our pictures read by Pillow, and our QR codes by zbar: what others see is what was meant."""

import base64
import io
import random
import re
import struct
import subprocess
import zlib

import pytest
from PIL import Image, ImageCms

SEED = 20_251_120
RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 180, 60), (30, 60, 200), (255, 255, 255)


def saved(picture, kind, **options):
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def quarters(mode="RGB", size=(80, 40)):
    """Red, green, blue and white: one each corner, so that a turn is seen."""
    picture = Image.new("RGB", size)
    half = (size[0] // 2, size[1] // 2)
    for colour, at in zip((RED, GREEN, BLUE, WHITE), ((0, 0), (1, 0), (0, 1), (1, 1))):
        picture.paste(colour, (at[0] * half[0], at[1] * half[1], size[0], size[1]))
    return picture.convert(mode)


def corners(picture):
    width, height = picture.size
    inside = [(width // 4, height // 4), (3 * width // 4, height // 4),
              (width // 4, 3 * height // 4), (3 * width // 4, 3 * height // 4)]  # fmt: skip
    return [picture.convert("RGB").getpixel(point) for point in inside]


def are_alike(seen, meant, tolerance=24):
    return all(
        abs(one - other) <= tolerance
        for pair in zip(seen, meant) for one, other in zip(*pair)
    )  # fmt: skip


@pytest.fixture(scope="module")
def convert(net_probe):
    def convert(*files, widths=(10_000,), rounds=1):
        job = {
            "files": [base64.b64encode(file).decode() for file in files],
            "widths": widths, "rounds": rounds,
        }  # fmt: skip
        report = net_probe("image", job)
        for outcome in report["outcomes"]:
            for rendition in outcome["renditions"]:
                rendition["content"] = base64.b64decode(rendition["content"])
        return report

    return convert


@pytest.fixture(scope="module")
def made(convert):
    """The renditions of one picture in its own size, as Pillow reads them."""

    def made(file):
        (outcome,) = convert(file)["outcomes"]
        assert outcome.get("refused") is None
        pictures = [Image.open(io.BytesIO(one["content"])) for one in outcome["renditions"]]
        for picture, one in zip(pictures, outcome["renditions"]):
            picture.load()
            assert picture.size == (one["width"], one["height"])
            assert Image.MIME[picture.format] == one["type"]
        return pictures

    return made


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_the_colours_stay(made, kind):
    for picture in made(saved(quarters(), kind, quality=95)):
        assert picture.size == (80, 40)
        assert are_alike(corners(picture), (RED, GREEN, BLUE, WHITE))


# What ink looks like is a matter of the press; Pillow has its own idea of it.
@pytest.mark.parametrize(("file", "tolerance"), [
    (saved(quarters("CMYK"), "JPEG", quality=95), 75),
    (saved(quarters().quantize(8), "PNG"), 24),
    (saved(quarters(), "JPEG", quality=95, progressive=True), 24),
], ids=["CMYK", "palette", "progressive"])  # fmt: skip
def test_unusual_files_are_read(made, file, tolerance):
    for picture in made(file):
        assert are_alike(corners(picture), (RED, GREEN, BLUE, WHITE), tolerance)


def test_grey_and_16_bits_become_8(made):
    deep = Image.new("I;16", (64, 8))
    deep.putdata([x * 1_024 for _ in range(8) for x in range(64)])
    for picture in made(saved(deep, "PNG")):
        assert picture.mode in ("L", "RGB")
        seen = [picture.convert("L").getpixel((x, 4)) for x in range(0, 64, 9)]
        assert all(abs(grey - 4 * x) <= 12 for grey, x in zip(seen, range(0, 64, 9)))


def srgb_with_red_and_blue_swapped():
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    # A count, then for each tag its name, where its value is, and how long that is.
    tags = {bytes(profile[at : at + 4]): at + 4 for at in range(132, 132 + 12 * profile[131], 12)}
    red, blue = (slice(tags[name], tags[name] + 8) for name in (b"rXYZ", b"bXYZ"))
    profile[red], profile[blue] = profile[blue], profile[red]
    return bytes(profile)


@pytest.mark.parametrize(("profile", "meant"), [
    (ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), BLUE),
    (srgb_with_red_and_blue_swapped(), BLUE[::-1]),
    (b"no profile at all", BLUE),
], ids=["sRGB", "swapped", "damaged"])  # fmt: skip
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_colours_are_those_of_the_profile_and_become_srgb(made, kind, profile, meant):
    file = saved(Image.new("RGB", (32, 32), BLUE), kind, icc_profile=profile)
    for picture in made(file):
        assert are_alike([picture.convert("RGB").getpixel((16, 16))], [meant])
        assert "icc_profile" not in picture.info


def test_transparency_stays_where_the_format_has_it_and_becomes_white_elsewhere(made):
    clear = Image.new("RGBA", (40, 40), (*RED, 0))
    clear.paste((*BLUE, 255), (20, 0, 40, 40))
    for picture in made(saved(clear, "PNG")):
        if picture.format == "JPEG":
            assert are_alike([picture.getpixel((5, 20))], [WHITE])
        else:
            assert picture.mode == "RGBA" and picture.getpixel((5, 20))[3] == 0
        assert are_alike([picture.convert("RGB").getpixel((35, 20))], [BLUE])


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_every_picture_is_upright(made, kind, orientation):
    # How a camera that was held so stores what should be seen as `quarters`.
    stored_by = {
        1: None, 2: Image.FLIP_LEFT_RIGHT, 3: Image.ROTATE_180, 4: Image.FLIP_TOP_BOTTOM,
        5: Image.TRANSPOSE, 6: Image.ROTATE_90, 7: Image.TRANSVERSE, 8: Image.ROTATE_270,
    }[orientation]  # fmt: skip
    stored = quarters() if stored_by is None else quarters().transpose(stored_by)
    exif = Image.Exif()
    exif[0x0112] = orientation
    for picture in made(saved(stored, kind, exif=exif, quality=95)):
        assert picture.size == (80, 40)
        assert are_alike(corners(picture), (RED, GREEN, BLUE, WHITE))
        assert picture.getexif().get(0x0112, 1) == 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_tells_where_and_by_whom_it_was_taken(made, convert, kind):
    exif = Image.Exif()
    exif[0x010E], exif[0x013B], exif[0x0110] = "SECRETTITLE", "SECRETNAME", "SECRETCAMERA"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 29: "SECRETDATE"})
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0SECRETCOMMENT"
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">SECRETXMP</x:xmpmeta>'
    file = saved(quarters(), kind, exif=exif, xmp=xmp, comment=b"SECRETCOMMENT")
    assert file.count(b"SECRET") >= 4
    for rendition in convert(file)["outcomes"][0]["renditions"]:
        assert b"SECRET" not in rendition["content"]
    for picture in made(file):
        exif = picture.getexif()
        # libvips writes its own resolution into WebP files.
        assert not exif.get_ifd(0x8825) and not set(exif) & {0x010E, 0x010F, 0x0110, 0x013B, 0x9286}


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_what_moves_the_first_frame_is_kept(made, kind):
    rest = [Image.new("RGB", (80, 40), (shade, shade, 0)) for shade in range(0, 250, 10)]
    file = saved(quarters(), kind, save_all=True, append_images=rest, duration=40)
    for picture in made(file):
        assert getattr(picture, "n_frames", 1) == 1 and picture.size == (80, 40)
        assert are_alike(corners(picture), (RED, GREEN, BLUE, WHITE), tolerance=40)


def test_narrower_renditions_come_from_the_same_picture(convert):
    file = saved(quarters(size=(800, 400)), "JPEG")
    (outcome,) = convert(file, widths=[400, 100, 4_000])["outcomes"]
    sizes = [(one["width"], one["height"]) for one in outcome["renditions"]]
    assert sizes == [size for size in ((100, 50), (400, 200), (800, 400)) for _ in range(3)]
    for one in outcome["renditions"]:
        picture = Image.open(io.BytesIO(one["content"]))
        assert are_alike(corners(picture), (RED, GREEN, BLUE, WHITE))


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "GIF"])
def test_a_file_cut_anywhere_is_refused(convert, kind):
    noise = Image.frombytes("RGB", (72, 72), random.Random(SEED).randbytes(72 * 72 * 3))
    whole = saved(noise, kind, quality=90)
    lengths = range(64, len(whole) - 8, 64)
    outcomes = convert(*(whole[:length] for length in lengths), widths=[16])["outcomes"]
    for length, outcome in zip(lengths, outcomes):
        assert outcome.get("refused") == "image_damaged", f"{kind} cut at {length}"


def chunk(name, content):
    covered = name + content
    return struct.pack(">I", len(content)) + covered + struct.pack(">I", zlib.crc32(covered))


def zeros(count):
    compressor, parts = zlib.compressobj(9), []
    for start in range(0, count, 1 << 20):
        parts.append(compressor.compress(bytes(min(count - start, 1 << 20))))
    return b"".join(parts) + compressor.flush()


def png(side, pixels, more=b""):
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + more + chunk(b"IDAT", pixels)
        + chunk(b"IEND", b"")
    )  # fmt: skip


def gif(side, frames=1):
    frame = b"," + struct.pack("<HHHH", 0, 0, side, side) + b"\0\x02\x02\x44\x01\0"
    return (
        b"GIF89a" + struct.pack("<HH", side, side) + b"\x80\0\0" + b"\0\0\0\xff\xff\xff"
        + frame * frames + b";"
    )  # fmt: skip


def webp(width, height):
    """An extended header with a canvas, and one empty frame."""
    canvas = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + canvas + b"VP8L\0\0\0\0"
    return b"RIFF" + struct.pack("<I", len(body)) + body


def bombs():
    text = zeros(8_000_000)
    texts = b"".join(chunk(b"zTXt", b"k%d\0\0" % number + text) for number in range(50))
    noise = random.Random(SEED).randbytes
    return [
        (png(30_000, zeros(1_000_000)), "too_many_pixels"),
        (png(30_000, zeros(30_000 * 90_001)), "too_many_pixels"),
        (gif(30_000), "too_many_pixels"),
        (webp(16_000, 16_000), "image_damaged"),
        (saved(Image.new("L", (12_000, 12_000)), "JPEG"), "too_many_pixels"),
        (b"<svg>" + b"<g>" * 100_000, "image_kind_not_allowed"),
        (bytes(16 << 20) + b"x", "image_too_large"),
        (b"\xff\xd8\xff" + b"\xff\xda\0\x08" * 1_000, "image_damaged"),
        (b"\x89PNG\r\n\x1a\n" + noise(1_000), "image_damaged"),
        (png(8, zeros(100)), "image_damaged"),
        (png(8, zeros(8 * 25), more=texts), None),
        (png(8, zeros(8 * 25), more=chunk(b"iCCP", b"x\0\0" + zeros(50_000_000))), None),
        (gif(2, frames=100_000), None),
        (png(900, zeros(900 * 2_701)), None),
    ]


def test_bombs_are_refused_and_memory_stays_where_it_was(convert):
    files, expected = zip(*bombs())
    rounds = 2_000 // len(files) + 1
    small = [(file, answer) for file, answer in zip(files, expected) if len(file) < 3_000_000]
    report = convert(*files, widths=[64])
    assert [outcome.get("refused") for outcome in report["outcomes"]] == list(expected)
    files, expected = zip(*small)
    report = convert(*files, widths=[64], rounds=rounds)
    assert [outcome.get("refused") for outcome in report["outcomes"]] == list(expected)
    resident = report["residentKilobytes"]
    assert resident[-1] <= resident[rounds // 5] * 1.1
    assert report["peakKilobytes"] <= resident[-1] + 64 * 1_024


def test_the_largest_picture_takes_no_more_memory_than_said(convert):
    side = 5_650
    header = struct.pack(">IIBBBBB", side, side, 16, 6, 0, 0, 1)
    passes = zeros(side * side * 8 + 2 * side)
    file = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", passes)
        + chunk(b"IEND", b"")
    )  # fmt: skip
    before = convert(saved(quarters(), "PNG"), widths=[64])["peakKilobytes"]
    report = convert(file, widths=[640])
    assert report["outcomes"][0].get("refused") is None
    assert report["peakKilobytes"] - before <= side * side * 13 // 1_024


# QR codes


@pytest.fixture(scope="module")
def codes(net_probe):
    def codes(text, module_size=4):
        report = net_probe("qr", {"text": text, "moduleSize": module_size})
        assert report.get("refused") is None
        return report["codes"]

    return codes


def scanned(picture, folder):
    path = folder / "code.png"
    picture.save(path)
    done = subprocess.run(
        ["zbarimg", "--quiet", "--raw", "--oneshot", path], capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.decode().removesuffix("\n")


def drawn(svg):
    """The modules of our SVG, a pixel each: it has rectangles only."""
    side = int(re.search(r'viewBox="0 0 (\d+) \1"', svg)[1])
    picture = Image.new("L", (side, side), 255)
    rectangles = re.search(r'fill="#000" d="([^"]*)"', svg)[1]
    pattern = r"M(\d+) (\d+)h(\d+)v1h-\3z"
    assert re.fullmatch(f"(?:{pattern.replace('3', '4')})*".replace(r"\4", r"\d+"), rectangles)
    for x, y, width in re.findall(pattern, rectangles):
        picture.paste(0, (int(x), int(y), int(x) + int(width), int(y) + 1))
    return picture


@pytest.mark.parametrize("text", [
    "https://shop.example.com/o/7Kq?a=1&b=2",
    "bitcoin:bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq?amount=0.015",
    "monero:" + "8" * 95 + "?tx_amount=1.5",
    "otpauth://totp/Martlet:amina@example.com?secret=JBSWY3DPEHPK3PXP&issuer=Martlet",
    "0123456789" * 20,
    "MIXED lower 123 ÄÖÜ é",
    "سلام دنیا",
    "你好 🎉",
    "x" * 1_273,
], ids=lambda text: text[:12])  # fmt: skip
def test_a_code_says_what_it_was_made_of(codes, tmp_path, text):
    for level, code in codes(text).items():
        picture = Image.open(io.BytesIO(base64.b64decode(code["png"])))
        assert picture.mode == "1" and picture.size == (4 * (code["side"] + 8),) * 2
        assert scanned(picture, tmp_path) == text, level


def test_svg_and_png_show_the_same(codes):
    for code in codes("https://shop.example.com", module_size=1).values():
        picture = Image.open(io.BytesIO(base64.b64decode(code["png"])))
        assert drawn(code["svg"]).tobytes() == picture.convert("L").tobytes()


def test_a_dirty_code_is_still_read(codes, tmp_path):
    text = "bitcoin:bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"
    picture = Image.open(io.BytesIO(base64.b64decode(codes(text)["high"]["png"]))).convert("L")
    middle = picture.width // 2
    spot = picture.width // 12
    picture.paste(255, (middle - spot, middle - spot, middle + spot, middle + spot))
    assert scanned(picture, tmp_path) == text
