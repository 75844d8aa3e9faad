"""The network of a guest, and its ports on this machine."""

import ipaddress
import re

from refusal import Refusal

# What QEMU's user-mode network has unless it is told otherwise.
ADDRESS = "dstack.ip=10.0.2.15/24,10.0.2.2,10.0.2.3"
DHCP = "dstack.ip=dhcp"


def guest_address(command_line: str) -> tuple:
    """The guest's address, this machine's as the guest sees it, and QEMU's options for such a network."""
    word = next((word for word in command_line.split() if word.startswith("dstack.ip=")), ADDRESS)
    # what QEMU's own DHCP server gives its first guest
    word = ADDRESS if word == DHCP else word
    own, *others = word.removeprefix("dstack.ip=").split(",")
    try:
        interface = ipaddress.IPv4Interface(own)
        gateway, server, *_ = [*map(ipaddress.IPv4Address, filter(None, others)), None, None]
    except ValueError as problem:
        raise Refusal(f"{word} on the image's command line: {problem}") from None
    options = f",net={interface.network}" + (f",host={gateway}" if gateway else "") + (f",dns={server}" if server else "")
    return str(interface.ip), str(gateway or interface.network[2]), options


def has_address(command_line: str) -> bool:
    return any(word.startswith("dstack.ip=") for word in command_line.split())


def published(text: str) -> tuple:
    """(host's address, host's port, guest's port) of [HOST:]PORT[:GUEST]."""
    found = re.fullmatch(r"(?:(?P<host>\d+\.\d+\.\d+\.\d+):)?(?P<port>\d{1,5})(?::(?P<guest>\d{1,5}))?", text)
    if not found:
        raise Refusal(f"--publish {text}: want [HOST:]PORT[:GUEST], such as 8443, 8080:80 or 0.0.0.0:8080:80")
    host, port = found["host"] or "127.0.0.1", int(found["port"])
    guest = int(found["guest"] or port)
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        raise Refusal(f"--publish {text}: {host} is not an address of this machine") from None
    if port > 65535 or not 0 < guest <= 65535:
        raise Refusal(f"--publish {text}: want ports from 1 to 65535; on this machine 0 takes any free one")
    return host, port, guest
