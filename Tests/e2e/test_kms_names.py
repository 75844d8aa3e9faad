"""Names of KMSs: /etc/hosts and the name servers of /etc/resolv.conf, which may say what they like."""

import socket
import threading

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
    """A DNS server on port 53 of an address in 127.0.0.0/8; `answer` makes the answer's records of a question."""

    def __init__(self, address, answer):
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
            records = self.answer(question[-3])
            # something that is no answer comes first
            self.socket.sendto(b"\0\0" + question[2:], client)
            self.socket.sendto(
                question[:2] + b"\x81\x80" + question[4:6] + len(records).to_bytes(2, "big") + question[8:]
                + b"".join(records), client)


def record(type: int, data: bytes) -> bytes:
    return b"\xc0\x0c\0" + bytes([type]) + b"\0\1" + bytes(4) + len(data).to_bytes(2, "big") + data


def with_files(guest, **files) -> list:
    """A command that boots the guest with other files of these names in its /etc."""
    command = ""
    for name, text in files.items():
        path = guest.work.parent / name
        path.write_text(text)
        command += f"mount --bind {path} /etc/{name.replace('_', '.')} && "
    return guest.command("sh", "-c", command + 'exec "$@"', "sh")


def test_a_name_of_the_hosts_file(guest, new_kms):
    kms = new_kms(alt_names=["kms.test"])
    offer(guest, f"https://kms.test:{kms.port}")
    done = startup.run(with_files(guest, hosts="# 1.2.3.4 kms.test\n127.0.0.9\tother\n127.0.0.1  a KMS.test # b\n", resolv_conf=""))
    assert done.returncode == 0, done.stderr


def test_a_name_of_the_dns(guest, new_kms):
    kms = new_kms(alt_names=["*.test"])
    offer(guest, f"https://kms.test:{kms.port}")
    # the first server is not there; the alias comes before its address, and the first address takes no connection
    records = [record(5, b"\1a\xc0\x10"), record(1, bytes([127, 0, 0, 8])), record(1, bytes([127, 0, 0, 1]))]
    with NameServer("127.0.0.77", lambda type: records) as server:
        done = startup.run(with_files(guest, hosts="", resolv_conf="nameserver 127.0.0.78\nnameserver 127.0.0.77\n"))
    assert done.returncode == 0, done.stderr
    assert set(server.questions) == {b"\3kms\4test\0\0\1\0\1"}


@pytest.mark.parametrize("records, types", [({28: [record(28, bytes(15) + b"\1")]}, [1, 28]), ({}, [1, 28])])
def test_names_without_a_way_to_them(guest, records, types):
    """An address of IPv6 where nobody listens, and none at all."""
    offer(guest, f"https://kms.test:{free_port()}")
    with NameServer("127.0.0.77", lambda type: records.get(type, [])) as server:
        done = startup.run(with_files(guest, hosts="", resolv_conf="nameserver 127.0.0.77\n"))
    assert done.returncode == 1
    assert ("KMS 1: no connection" if records else "KMS 1: the name has no address") in done.stderr
    assert [question[-3] for question in server.questions] == types


def test_a_name_that_the_certificate_has_not(guest, new_kms):
    kms = new_kms(alt_names=["other.test", "127.0.0.1"])
    offer(guest, f"https://kms.test:{kms.port}")
    done = startup.run(with_files(guest, hosts="127.0.0.1 kms.test\n", resolv_conf=""))
    assert done.returncode == 1
    assert "KMS 1: the server's certificate is for another name" in done.stderr


def boot(guest, is_known: bool, **files):
    """Boots with these files, and says that the KMS has no address where its name is not known."""
    done = startup.run(with_files(guest, **files))
    assert done.returncode == (0 if is_known else 1), done.stderr
    assert is_known or "KMS 1: the name has no address" in done.stderr


@pytest.mark.parametrize("file", ["hosts", "resolv_conf"])
@pytest.mark.parametrize("above", [0, 1])
def test_size_of_the_files(guest, new_kms, file, above):
    kms = new_kms(alt_names=["kms.test"])
    offer(guest, f"https://kms.test:{kms.port}")
    texts = {"hosts": "127.0.0.1 kms.test\n", "resolv_conf": "nameserver 127.0.0.77\n"}
    files = {name: texts[name].rjust((64 << 10) + above) if name == file else "" for name in texts}
    with NameServer("127.0.0.77", lambda type: [record(1, bytes([127, 0, 0, 1]))]) as server:
        boot(guest, not above, **files)
    assert bool(server.questions) == (file == "resolv_conf" and not above)


@pytest.mark.parametrize("dead", [2, 3])
def test_number_of_name_servers(guest, new_kms, dead):
    """Three are asked."""
    kms = new_kms(alt_names=["kms.test"])
    offer(guest, f"https://kms.test:{kms.port}")
    lines = "".join(f"nameserver 127.0.0.{78 + number}\n" for number in range(dead)) + "nameserver 127.0.0.77\n"
    with NameServer("127.0.0.77", lambda type: [record(1, bytes([127, 0, 0, 1]))]) as server:
        boot(guest, dead < 3, hosts="", resolv_conf=lines)
    assert bool(server.questions) == (dead < 3)


@pytest.mark.parametrize("size", [1232, 1233])
def test_size_of_a_name_servers_answer(guest, new_kms, size):
    """Of a longer one the end is lost, and with it the address."""
    kms = new_kms(alt_names=["kms.test"])
    offer(guest, f"https://kms.test:{kms.port}")
    address = record(1, bytes([127, 0, 0, 1]))
    question = 12 + len(b"\3kms\4test\0\0\1\0\1")
    filler = record(16, bytes(size - question - len(record(16, b"")) - len(address)))
    with NameServer("127.0.0.77", lambda type: [filler, address]):
        boot(guest, size <= 1232, hosts="", resolv_conf="nameserver 127.0.0.77\n")
