"""Our S3 storage against moto, which checks signatures, and our links against botocore's."""

import hashlib
import os
import subprocess
import sys
import urllib.request
from datetime import datetime, timezone
from unittest import mock

import boto3
import pytest
from botocore.config import Config

BUCKET = "shop-files"
REGION = "us-east-1"


def client(service, endpoint, access_key, secret_key):
    return boto3.client(
        service, endpoint_url=endpoint, region_name=REGION,
        aws_access_key_id=access_key, aws_secret_access_key=secret_key,
        config=Config(signature_version="s3v4" if service == "s3" else None,
                      s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
    )  # fmt: skip


class Moto:
    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.keys = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")

    def job(self, *steps, keys=None, **more):
        access_key, secret_key = keys or self.keys
        return {
            "endpoint": self.endpoint, "region": REGION, "bucket": BUCKET,
            "accessKey": access_key, "secretKey": secret_key, "steps": list(steps), **more,
        }  # fmt: skip

    def s3(self):
        return client("s3", self.endpoint, *self.keys)


def serve(free_port, wait_for_port, **environment):
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for_port(port, process)
        yield Moto(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="module")
def moto(free_port, wait_for_port):
    for moto in serve(free_port, wait_for_port):
        moto.s3().create_bucket(Bucket=BUCKET)
        yield moto


@pytest.fixture(scope="module")
def checking_moto(free_port, wait_for_port):
    """After four requests that make a user and his key, every signature is checked."""
    free = {"INITIAL_NO_AUTH_ACTION_COUNT": "4"}
    for moto in serve(free_port, wait_for_port, **free):
        iam = client("iam", moto.endpoint, *moto.keys)
        iam.create_user(UserName="shop")
        policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
        iam.put_user_policy(UserName="shop", PolicyName="all", PolicyDocument=policy)
        key = iam.create_access_key(UserName="shop")["AccessKey"]
        moto.keys = (key["AccessKeyId"], key["SecretAccessKey"])
        moto.s3().create_bucket(Bucket=BUCKET)
        yield moto


def test_puts_and_gets_what_others_can_read(net_probe, moto):
    text = "Größe: 七 " * 1_000
    put, got, head, part = net_probe(
        "s3",
        moto.job(
            {"action": "put", "key": "a/b.txt", "text": text, "type": "text/plain"},
            {"action": "get", "key": "a/b.txt"},
            {"action": "head", "key": "a/b.txt"},
            {"action": "range", "key": "a/b.txt", "from": 2, "to": 7},
        ),
    )
    content = text.encode()
    found = moto.s3().get_object(Bucket=BUCKET, Key="a/b.txt")
    assert found["Body"].read() == content
    assert found["ContentType"] == "text/plain"
    assert put == head == {key: got[key] for key in put}
    assert put["sha256"] == hashlib.sha256(content).hexdigest()
    assert got["text"] == text
    assert part["text"].encode() == content[2:7]


def test_moves_files(net_probe, moto, tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(os.urandom(3_000_000))
    net_probe(
        "s3",
        moto.job(
            {"action": "put", "key": "file", "path": str(source), "type": "x/y"},
            {"action": "download", "key": "file", "path": str(target)},
        ),
    )
    assert target.read_bytes() == source.read_bytes()


def test_says_what_is_not_there_and_deletes_twice(net_probe, moto, tmp_path):
    target = tmp_path / "target"
    reports = net_probe(
        "s3",
        moto.job(
            {"action": "get", "key": "none"}, {"action": "head", "key": "none"},
            {"action": "download", "key": "none", "path": str(target)},
            {"action": "put", "key": "gone", "text": "x"}, {"action": "delete", "key": "gone"},
            {"action": "delete", "key": "gone"}, {"action": "head", "key": "gone"},
        ),
    )  # fmt: skip
    assert [one.get("error") for one in reports] == [
        "notFound", "notFound", "notFound", None, None, None, "notFound",
    ]  # fmt: skip
    assert not target.exists()


def test_lists_page_by_page_in_order(net_probe, moto):
    names = ["l/a", "l/a-b", "l/a.b", "l/a/b", "l/a/c", "l/a0", "l/b"]
    puts = [{"action": "put", "key": name, "text": "x"} for name in reversed(names)]
    net_probe("s3", moto.job(*puts, {"action": "put", "key": "m/other", "text": "x"}))
    found, after = [], None
    while True:
        step = {"action": "list", "key": "l", "after": after, "limit": 3}
        page = net_probe("s3", moto.job(step))[0]
        found += page["keys"]
        after = page.get("next")
        if after is None:
            break
    assert found == names


def test_makes_the_links_that_botocore_makes(net_probe, moto):
    time = datetime(2025, 6, 15, 15, 6, 40, tzinfo=timezone.utc)
    step = {"action": "link", "key": "a/b_c-d.txt", "fileName": "é \"1\"; & 2.txt", "seconds": 300}
    ours = net_probe("s3", moto.job(step, time=time.timestamp()))[0]["link"]
    disposition = "attachment; filename*=UTF-8''%C3%A9%20%221%22%3B%20%26%202.txt"
    with mock.patch("botocore.auth.get_current_datetime", return_value=time):
        theirs = moto.s3().generate_presigned_url(
            "get_object", ExpiresIn=300,
            Params={"Bucket": BUCKET, "Key": "a/b_c-d.txt", "ResponseContentDisposition": disposition},
        )  # fmt: skip
    assert sorted(ours.split("?")[1].split("&")) == sorted(theirs.split("?")[1].split("&"))
    assert ours.split("?")[0] == theirs.split("?")[0]


def test_links_give_the_object_under_the_users_name(net_probe, moto):
    put = {"action": "put", "key": "linked", "text": "hello"}
    link = {"action": "link", "key": "linked", "fileName": "é.txt"}
    url = net_probe("s3", moto.job(put, link))[1]["link"]
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b"hello"
        assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%C3%A9.txt"


def test_signs_so_that_a_checking_server_agrees(net_probe, checking_moto):
    steps = [
        {"action": "put", "key": "shops/1/a.txt", "text": "signed"},
        {"action": "get", "key": "shops/1/a.txt"},
        {"action": "head", "key": "shops/1/a.txt"},
        {"action": "range", "key": "shops/1/a.txt", "from": 0, "to": 3},
        {"action": "list", "key": "shops/1", "after": "shops/1/0", "limit": 10},
        {"action": "delete", "key": "shops/1/a.txt"},
    ]
    reports = net_probe("s3", checking_moto.job(*steps))
    assert [one.get("error") for one in reports] == [None] * len(steps)
    assert reports[1]["text"] == "signed" and reports[4]["keys"] == ["shops/1/a.txt"]


def test_is_refused_with_a_wrong_key(net_probe, checking_moto):
    access_key, secret_key = checking_moto.keys
    step = {"action": "put", "key": "a", "text": "x"}
    wrong = net_probe("s3", checking_moto.job(step, keys=(access_key, secret_key + "x")))[0]
    assert "SignatureDoesNotMatch" in wrong["error"]
    unknown = net_probe("s3", checking_moto.job(step, keys=("AKIDUNKNOWN", secret_key)))[0]
    assert "InvalidAccessKeyId" in unknown["error"]
