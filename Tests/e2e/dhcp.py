"""The other end of a machine's wire: a network namespace with a DHCP server that answers as the test says, byte
for byte."""

import ctypes
import ipaddress
import os
import socket
import struct
import subprocess
import time

from agent_process import PATIENCE

DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK = range(1, 7)
MASK, ROUTER, NAME_SERVERS, REQUESTED, LEASE, OVERLOAD, KIND, SERVER, RENEWAL, REBINDING, CLIENT = 1, 3, 6, 50, 51, 52, 53, 54, 58, 59, 61
COOKIE = bytes([99, 130, 83, 99])
IPV4 = 0x800
EVERYBODY = b"\xff" * 6
# The defaults, unless a test says otherwise.
NETWORK = {MASK: "255.255.255.0", ROUTER: "10.7.0.1", NAME_SERVERS: "10.7.0.3", LEASE: 3600, SERVER: "10.7.0.1"}

libc = ctypes.CDLL(None, use_errno=True)


class Wire:
    """A network namespace with one end of a wire. Whoever makes the wire must call that end `server`."""

    def __init__(self):
        self.holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo; exec sleep 1000"], stdout=subprocess.PIPE)
        self.holder.stdout.readline()
        self.namespace = f"/proc/{self.holder.pid}/ns/net"
        self.socket = self.said = None

    def run(self, *command: str, **options):
        return subprocess.run(["nsenter", f"--net={self.namespace}", *command], check=True, timeout=PATIENCE, **options)

    def wait(self):
        """Waits until the end exists and can be listened on."""
        end = time.monotonic() + PATIENCE
        while subprocess.run(["nsenter", f"--net={self.namespace}", "ip", "link", "set", "server", "up"], capture_output=True).returncode:
            assert time.monotonic() < end, "no wire"
            time.sleep(0.005)

    def listen(self):
        self.socket = inside(self.namespace, lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(IPV4)))
        self.socket.bind(("server", IPV4))
        self.hardware = self.socket.getsockname()[4]

    def close(self):
        if self.socket:
            self.socket.close()
        self.holder.kill()
        self.holder.wait()

    def next(self, kind: int) -> "Message":
        """The client's next message, which must be of this kind. Repetitions of its last message are skipped."""
        self.socket.settimeout(PATIENCE)
        while True:
            message = Message.parse(self.socket.recv(2048))
            if message and (message.kind == kind or (message.kind, message.transaction) != self.said):
                assert message.kind == kind, f"{message.kind} instead of {kind}"
                self.said = message.kind, message.transaction
                return message

    def answer(self, message: "Message", kind: int, address: str, options=None, **fields):
        self.socket.send(frame(reply(message, kind, address, options, **fields), self.hardware, message.hardware))

    def lease(self, address: str = "10.7.0.9", options=None, **fields) -> "Message":
        """A complete exchange from the client's first message on; returns its request."""
        self.answer(self.next(DISCOVER), OFFER, address, options, **fields)
        request = self.next(REQUEST)
        self.answer(request, ACK, address, options, **fields)
        return request


class Message:
    """A client's message. Everything that a server may rely on is checked."""

    @classmethod
    def parse(cls, data: bytes):
        """None for anything but a DHCP message to a server."""
        if data[12:14] != b"\x08\x00" or data[23] != 17 or data[14] != 0x45 or data[36:38] != struct.pack(">H", 67):
            return None
        return cls(data)

    def __init__(self, data: bytes):
        size, = struct.unpack_from(">H", data, 16)
        ip, udp = data[14:34], data[34:14 + size]
        assert len(data) == 14 + size and sum16(ip) == 0xffff, "IPv4"
        assert struct.unpack_from(">HHH", udp) == (68, 67, len(udp)), "UDP"
        assert sum16(ip[12:] + struct.pack(">HH", 17, len(udp)) + udp) == 0xffff, "the sum of UDP"
        self.target, self.hardware = data[:6], data[6:12]
        self.source, self.destination = (str(ipaddress.IPv4Address(ip[at:at + 4])) for at in (12, 16))
        body = udp[8:]
        assert len(body) >= 300 and body[:4] == bytes([1, 1, 6, 0]) and body[28:44] == self.hardware + bytes(10), "BOOTP"
        assert body[236:240] == COOKIE and not any(body[44:236]) and not any(body[16:28]), "BOOTP"
        self.transaction, self.own = body[4:8], str(ipaddress.IPv4Address(body[12:16]))
        self.seconds, self.flags = struct.unpack_from(">HH", body, 8)
        self.options, rest = {}, body[240:]
        while rest[0] != 255:
            assert rest[0] not in self.options
            self.options[rest[0]], rest = rest[2:2 + rest[1]], rest[2 + rest[1]:]
        assert not any(rest[1:])
        self.kind, = self.options[KIND]

    def address(self, option: int) -> str:
        return str(ipaddress.IPv4Address(self.options[option]))


def reply(message: Message, kind: int, address: str, options=None, file=b"", name=b"", hardware=None, transaction=None, tail=b"\xff") -> bytes:
    """A server's message. `options` override those of NETWORK: addresses, numbers or bytes; None removes one."""
    data = bytes([2, 1, 6, 0]) + (transaction or message.transaction) + bytes(8) + ipaddress.IPv4Address(address).packed + bytes(8)
    data += (hardware or message.hardware) + bytes(10) + name.ljust(64, b"\0") + file.ljust(128, b"\0") + COOKIE
    for option, value in ({KIND: bytes([kind])} | NETWORK | (options or {})).items():
        data += encoded(option, value)
    return data + tail


def encoded(option: int, value) -> bytes:
    if value is None:
        return b""
    if isinstance(value, str):
        value = b"".join(ipaddress.IPv4Address(each).packed for each in value.split())
    if isinstance(value, int):
        value = struct.pack(">I", value)
    return bytes([option, len(value)]) + value


def frame(payload: bytes, source: bytes, target: bytes, server="10.7.0.1", destination="255.255.255.255") -> bytes:
    addresses = ipaddress.IPv4Address(server).packed + ipaddress.IPv4Address(destination).packed
    udp = struct.pack(">HHHH", 67, 68, 8 + len(payload), 0) + payload
    total = sum16(addresses + struct.pack(">HH", 17, len(udp)) + udp) ^ 0xffff
    udp = udp[:6] + struct.pack(">H", total or 0xffff) + udp[8:]
    head = struct.pack(">BBHHHBB", 0x45, 0, 20 + len(udp), 0, 0, 64, 17)
    return target + source + struct.pack(">H", IPV4) + head + struct.pack(">H", sum16(head + addresses) ^ 0xffff) + addresses + udp


def sum16(data: bytes) -> int:
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return total


def inside(namespace: str, work):
    """The result of `work` in a network namespace."""
    with open("/proc/self/ns/net") as own, open(namespace) as other:
        assert libc.setns(other.fileno(), 0x40000000) == 0, os.strerror(ctypes.get_errno())
        try:
            return work()
        finally:
            assert libc.setns(own.fileno(), 0x40000000) == 0
