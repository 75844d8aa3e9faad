"""`tdx-sim qgs`: the wire protocol, its checks and its faults."""
import fcntl
import hashlib
import os
import socket
import struct
import subprocess
import termios

import dcap_qvl
import pytest

from guest import TDX_SIM, until

MAC_KEY = b"tdx-sim development MAC key"


def tdreport(report_data=bytes(64), info=bytes(512)):
    tcb = struct.pack("<Q", 0x301FF) + bytes(231)
    report = b"\x81\0\0\0" + bytes(28) + hashlib.sha384(tcb).digest() + hashlib.sha384(info).digest() + report_data + bytes(32)
    return report + hashlib.sha384(MAC_KEY + report).digest()[:32] + tcb + bytes(17) + info


def message(report, major=1, kind=0, size=None, report_size=None):
    size = 24 + len(report) if size is None else size
    report_size = len(report) if report_size is None else report_size
    body = struct.pack("<HHIII", major, 0, kind, size, 0) + struct.pack("<II", report_size, 0) + report
    return struct.pack(">I", len(body)) + body


class Client:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        self.socket.connect(str(path))

    def exact(self, size):
        data = b""
        while len(data) < size:
            part = self.socket.recv(size - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def answer(self):
        """(error, quote)"""
        (size,) = struct.unpack(">I", self.exact(4))
        body = self.exact(size)
        major, minor, kind, total, error, ids, length = struct.unpack_from("<HHIIIII", body)
        assert (major, minor, kind, total, ids) == (1, 0, 1, size, 0)
        assert 24 + length == size
        return error, body[24:]

    def ask(self, *arguments, **options):
        self.socket.sendall(message(*arguments, **options))
        return self.answer()


class Service:
    def __init__(self, state, *options):
        self.state, self.path = state, state / "qgs"
        state.mkdir(parents=True)
        self.process = subprocess.Popen([TDX_SIM, "qgs", "--state", state, "--socket", self.path, *options])
        until(self.path.exists)
        self.clients = []

    def connect(self):
        self.clients.append(Client(self.path))
        return self.clients[-1]

    def faults(self, *lines):
        draft = self.state / "faults.new"
        draft.write_text("".join(line + "\n" for line in lines))
        draft.rename(self.state / "faults")


@pytest.fixture
def qgs(tmp_path):
    service = Service(tmp_path / "state")
    yield service
    for client in service.clients:
        client.socket.close()
    assert service.process.poll() is None, "the service died"
    service.process.kill()
    service.process.wait()


def test_quotes(qgs, verifier):
    client = qgs.connect()
    for _ in range(3):
        data, info = os.urandom(64), struct.pack("<QQ", 0x10000000, 0xE702E7) + os.urandom(384) + bytes(112)
        error, quote = client.ask(tdreport(data, info))
        assert error == 0
        assert verifier().status(quote) == "UpToDate"
        report = dcap_qvl.parse_quote(quote).report
        assert report.report_data == data
        assert report.mr_td == info[16:64] and report.rt_mr3 == info[352:400]


def test_a_debug_guest_is_for_the_verifier_to_refuse(qgs, verifier):
    error, quote = qgs.connect().ask(tdreport(info=b"\1" + bytes(511)))
    assert error == 0
    with pytest.raises(Exception):
        verifier().status(quote)


@pytest.mark.parametrize("at", [0, 40, 90, 130, 225, 256, 300, 512, 800, 1023])
def test_changed_reports_are_refused(qgs, at):
    report = bytearray(tdreport())
    report[at] ^= 1
    error, quote = qgs.connect().ask(bytes(report))
    assert error == 0x12001 and quote == b""


@pytest.mark.parametrize(
    "options, code",
    [({"major": 2}, 0x12004), ({"kind": 1}, 0x12005), ({"size": 1047}, 0x12006), ({"report_size": 1000}, 0x12006)],
)
def test_wrong_messages_are_errors(qgs, options, code):
    client = qgs.connect()
    assert client.ask(tdreport(), **options) == (code, b"")
    assert client.ask(tdreport())[0] == 0


def test_short_messages_are_errors(qgs):
    client = qgs.connect()
    client.socket.sendall(struct.pack(">I", 3) + b"abc")
    assert client.answer() == (0x12006, b"")
    assert client.ask(b"short")[0] == 0x12003


def test_huge_messages_end_the_connection(qgs):
    client = qgs.connect()
    client.socket.sendall(struct.pack(">I", 1 << 30))
    assert client.socket.recv(1) == b""


def test_messages_in_pieces_and_at_once(qgs):
    client = qgs.connect()
    whole = message(tdreport())
    for i in range(0, len(whole), 100):
        client.socket.sendall(whole[i : i + 100])
    assert client.answer()[0] == 0
    client.socket.sendall(whole * 3)
    assert [client.answer()[0] for _ in range(3)] == [0, 0, 0]


def test_many_connections(qgs):
    clients = [qgs.connect() for _ in range(32)]
    for client in clients:
        client.socket.sendall(message(tdreport()))
    assert all(client.answer()[0] == 0 for client in clients)


def test_faults(qgs):
    client = qgs.connect()
    qgs.faults("fail EIO 1", "empty 1", "big 1", "skip 1", "garbage 1")
    assert client.ask(tdreport()) == (0x12001, b"")
    assert client.ask(tdreport()) == (0, b"")
    assert len(client.ask(tdreport())[1]) == 17 * 1024
    assert len(client.ask(tdreport())[1]) > 1024
    client.socket.sendall(message(tdreport()))
    assert client.exact(256) == b"\xa5" * 256


def test_reset(qgs):
    client = qgs.connect()
    qgs.faults("reset 1")
    client.socket.sendall(message(tdreport()))
    with pytest.raises((ConnectionResetError, EOFError)):
        client.answer()
    assert qgs.connect().ask(tdreport())[0] == 0


def test_silence(qgs):
    """A request that is never answered; others are."""
    silent, other = qgs.connect(), qgs.connect()
    qgs.faults("hang 1", "fail EIO 1")
    silent.socket.sendall(message(tdreport()))
    # The socket's queue is empty once the service has read the request, and so has used up the first line.
    until(lambda: fcntl.ioctl(silent.socket, termios.TIOCOUTQ, bytes(4)) == bytes(4))
    assert other.ask(tdreport())[0] == 0x12001
    assert other.ask(tdreport())[0] == 0
    silent.socket.setblocking(False)
    with pytest.raises(BlockingIOError):
        silent.socket.recv(1)


def test_a_client_that_leaves(tmp_path):
    service = Service(tmp_path / "state", "--quote-delay", "50")
    for _ in range(5):
        client = service.connect()
        client.socket.sendall(message(tdreport()))
        client.socket.close()
    assert service.connect().ask(tdreport())[0] == 0
    assert service.process.poll() is None
    service.process.kill()
    service.process.wait()


def test_a_stale_socket_is_replaced(tmp_path):
    path = tmp_path / "qgs"
    for _ in range(2):
        process = subprocess.Popen([TDX_SIM, "qgs", "--state", tmp_path, "--socket", path])

        def answers():
            try:
                return Client(path).ask(tdreport())[0] == 0
            except (FileNotFoundError, ConnectionRefusedError):
                return False

        try:
            until(answers)
        finally:
            process.kill()
            process.wait()
        assert path.is_socket()
