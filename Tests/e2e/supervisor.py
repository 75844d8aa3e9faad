"""The test in systemd's role: a notification socket, and listening sockets for the agent."""

import socket

from agent_process import PATIENCE, Agent

# Becomes the agent, in the process whose id the variables name.
AS_OURSELVES = ["/bin/sh", "-c", 'LISTEN_PID=$$ WATCHDOG_PID=$$ exec "$@"', "sh"]


class Supervisor:
    """A notification socket, at a path or at an abstract name."""

    def __init__(self, directory, abstract: bool = False):
        self.address = ("@" if abstract else "") + f"{directory}/notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(("\0" + self.address[1:]) if abstract else self.address)
        self.socket.settimeout(PATIENCE)
        self.messages = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def attach(self, agent: Agent, **variables):
        """Sets the environment of an agent that has not started."""
        agent.environment.update({"NOTIFY_SOCKET": self.address, **variables})

    def next(self) -> list:
        """The assignments of the next message, which must come."""
        message = self.socket.recv(4096).decode()
        assert message.endswith("\n")
        self.messages.append(message.splitlines())
        return self.messages[-1]

    def wait_for(self, assignment: str):
        while assignment not in self.next():
            pass

    def drain(self):
        """Drops what a stopped process had already sent."""
        while not self.is_silent(0.01):
            pass

    def is_silent(self, seconds: float) -> bool:
        """Whether nothing arrives for this long."""
        self.socket.settimeout(seconds)
        try:
            self.socket.recv(4096)
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(PATIENCE)
        return False


def listener(path) -> socket.socket:
    made = socket.socket(socket.AF_UNIX)
    made.bind(str(path))
    made.listen(16)
    return made


def hand_over(agent: Agent, listeners, names=None):
    """Gives sockets to an agent that has not started, as descriptors 3 and up."""
    numbers = [each.fileno() for each in listeners]
    # redirecting in order could overwrite a descriptor that is still needed, so go by way of high numbers
    moves = [f"{100 + index}<&{number}" for index, number in enumerate(numbers)]
    moves += [f"{3 + index}<&{100 + index} {100 + index}<&-" for index in range(len(numbers))]
    agent.prefix = ["/bin/bash", "-c", f'exec {" ".join(moves)}; LISTEN_PID=$$ exec "$@"', "bash", *agent.prefix]
    agent.environment["LISTEN_FDS"] = str(len(numbers))
    if names is not None:
        agent.environment["LISTEN_FDNAMES"] = names
    agent.descriptors = numbers
