"""Host names of KMSs, resolved by the C library: /etc/hosts and the name servers of /etc/resolv.conf may say anything."""

import socket
import threading
import time

import pytest

import startup
from agent_process import free_port
from startup import Startup


@pytest.fixture
def guest(simulator, tmp_path):
    return Startup(simulator, tmp_path)


def offer(guest, url):
    guest.offer({"key_provider": "kms"}, kms_urls=[url])


class NameServer:
    """A DNS server on port 53 of an address in 127.0.0.0/8; `answer` makes the records for a type of question. Without it
    the server is silent."""

    def __init__(self, address, answer=None):
        self.answer, self.questions = answer, []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 53))
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", self.socket.getsockname())
        self.thread.join(10)
        self.socket.close()

    def run(self):
        while True:
            question, client = self.socket.recvfrom(4096)
            if not question:
                return
            self.questions.append(question[12:])
            if self.answer is None:
                continue
            records = self.answer(question[-3])
            # first something that is not an answer
            self.socket.sendto(b"\0\0" + question[2:], client)
            self.socket.sendto(
                question[:2] + b"\x81\x80" + question[4:6] + len(records).to_bytes(2, "big") + question[8:]
                + b"".join(records), client)


def record(type: int, data: bytes, name=b"\xc0\x0c") -> bytes:
    """A record of the name that was asked for, or of another."""
    return name + b"\0" + bytes([type]) + b"\0\1" + bytes(4) + len(data).to_bytes(2, "big") + data


def with_files(guest, **files) -> list:
    """A command that boots the guest with these files in its /etc."""
    command = ""
    for name, text in files.items():
        path = guest.work.parent / name
        path.write_text(text)
        command += f"mount --bind {path} /etc/{name.replace('_', '.')} && "
    return guest.command("sh", "-c", command + 'exec "$@"', "sh")


def test_a_name_of_the_hosts_file(guest, new_kms):
    kms = new_kms(alt_names=["kms.test"])
    offer(guest, f"https://kms.test:{kms.port}")
    done = startup.run(with_files(guest, hosts="# 1.2.3.4 kms.test\n127.0.0.9\tother\n127.0.0.1  a kms.test # b\n", resolv_conf=""))
    assert done.returncode == 0, done.stderr


def test_a_name_of_the_dns(guest, new_kms):
    kms = new_kms(alt_names=["*.test"])
    offer(guest, f"https://kms.test:{kms.port}")
    # the first server is missing; the alias comes before the addresses; nobody listens on the preferred address (RFC 6724)
    alias, addresses = b"\1a\xc0\x10", {1: bytes([127, 0, 0, 1]), 28: bytes(15) + b"\1"}
    with NameServer("127.0.0.77", lambda type: [record(5, alias), record(type, addresses[type], alias)]) as server:
        done = startup.run(with_files(guest, hosts="", resolv_conf="nameserver 127.0.0.78\nnameserver 127.0.0.77\n"))
    assert done.returncode == 0, done.stderr
    assert set(server.questions) == {b"\3kms\4test\0\0\1\0\1", b"\3kms\4test\0\0\x1c\0\1"}


@pytest.mark.parametrize("records", [{28: [record(28, bytes(15) + b"\1")]}, {}])
def test_names_without_a_way_to_them(guest, records):
    """An IPv6 address where nobody listens, and no address at all."""
    offer(guest, f"https://kms.test:{free_port()}")
    with NameServer("127.0.0.77", lambda type: records.get(type, [])) as server:
        done = startup.run(with_files(guest, hosts="", resolv_conf="nameserver 127.0.0.77\n"))
    assert done.returncode == 1
    assert ("KMS 1: no connection" if records else "KMS 1: the host name has no address") in done.stderr
    assert sorted(question[-3] for question in server.questions) == [1, 28]


def test_a_name_that_the_certificate_has_not(guest, new_kms):
    kms = new_kms(alt_names=["other.test", "127.0.0.1"])
    offer(guest, f"https://kms.test:{kms.port}")
    done = startup.run(with_files(guest, hosts="127.0.0.1 kms.test\n", resolv_conf=""))
    assert done.returncode == 1
    assert "KMS 1: the server's certificate is for another name" in done.stderr


@pytest.mark.parametrize("dead", [7, 8])
def test_number_of_addresses(guest, new_kms, dead):
    """Eight are tried, in order of preference."""
    kms = new_kms(alt_names=["kms.test"])
    offer(guest, f"https://kms.test:{kms.port}")
    done = startup.run(with_files(guest, hosts="127.0.0.1 kms.test\n" + "::1 kms.test\n" * dead, resolv_conf=""))
    assert done.returncode == (0 if dead < 8 else 1), done.stderr
    assert dead < 8 or "KMS 1: no connection" in done.stderr


def test_silent_name_servers(guest, new_kms):
    """They cost at most half of the time for a connection, whatever the resolver's own timeouts."""
    kms = new_kms()
    guest.offer({"key_provider": "kms"}, kms_urls=["https://kms.test", kms.url])
    begin = time.monotonic()
    with NameServer("127.0.0.77") as server:
        done = startup.run(with_files(guest, hosts="", resolv_conf="nameserver 127.0.0.77\noptions timeout:60 attempts:10\n"))
    assert 2.5 <= time.monotonic() - begin < 5
    assert done.returncode == 0 and "KMS 1: the host name has no address" in done.stderr
    assert server.questions


def test_hostile_answers(guest, new_kms):
    """Names and records that point at themselves, outside, or nowhere: only this lookup fails."""
    kms = new_kms()
    guest.offer({"key_provider": "kms"}, kms_urls=["https://kms.test", kms.url])
    bad = [
        record(5, b"\xc0\x0c"), record(5, b"\xff\xff"), record(5, b"\3kms"), record(1, b"\x7f"), record(1, bytes(16)), record(28, bytes(4)),
        b"\xc0", b"\xc0\x0c\0\1\0\1" + bytes(4) + b"\xff\xff\x7f\0\0\1"]
    with NameServer("127.0.0.77", lambda type: bad):
        done = startup.run(with_files(guest, hosts="", resolv_conf="nameserver 127.0.0.77\n"))
    assert done.returncode == 0 and "KMS 1: the host name has no address" in done.stderr
