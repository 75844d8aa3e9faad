"""A run that continues in the background once the machine is up."""

import os
import pathlib
import sys


class Detached:
    """Forks. The parent waits for the child's status and exits with it; the child does the rest of the run."""

    def __init__(self):
        self.read, self.write = os.pipe()
        self.child = os.fork()
        if self.is_parent:
            os.close(self.write)
        else:
            os.close(self.read)
            os.setsid()

    @property
    def is_parent(self) -> bool:
        return self.child != 0

    def status(self) -> int:
        """What the child reports; if it reports nothing, that it crashed. A Ctrl-C goes to the child."""
        while True:
            try:
                word = os.read(self.read, 1)
                return word[0] if word else 5
            except KeyboardInterrupt:
                os.kill(self.child, 2)

    def tell(self, status: int) -> int:
        sys.stdout.flush()
        os.write(self.write, bytes([status]))
        return status

    def let_go(self, status: int, log: pathlib.Path):
        """From now on output goes to a file, and the parent ends."""
        self.tell(status)
        os.close(self.write)
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for number, target in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(number, target)
