"""Runs inside a simulated guest and does what the test says: each line calls a module's function, pickled both ways."""
import os
import pickle
import signal
import sys

calls, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
signal.signal(signal.SIGALRM, lambda *_: None)
signal.siginterrupt(signal.SIGALRM, True)


def raw_read(fd, size):
    """read(2) once; os.read would call again after EINTR."""
    import ctypes

    buffer = ctypes.create_string_buffer(size)
    n = ctypes.CDLL(None, use_errno=True).read(fd, buffer, ctypes.c_size_t(size))
    if n < 0:
        raise OSError(ctypes.get_errno(), "read")
    return buffer.raw[:n]


def read_file(path):
    """Reads until read(2) returns nothing."""
    fd = os.open(path, os.O_RDONLY)
    try:
        data = b""
        while part := raw_read(fd, 4096):
            data += part
        return data
    finally:
        os.close(fd)


def write_file(path, data):
    """Writes everything in one write(2); returns its count."""
    fd = os.open(path, os.O_WRONLY)
    try:
        return os.write(fd, data)
    finally:
        os.close(fd)


while True:
    try:
        name, arguments = pickle.load(calls)
    except EOFError:
        break
    function = globals().get(name) or (signal.alarm if name == "alarm" else getattr(os, name))
    try:
        answer = (True, function(*arguments))
    except OSError as error:
        answer = (False, error.errno)
    if isinstance(answer[1], os.stat_result):
        answer = (True, tuple(answer[1]))
    pickle.dump(answer, answers)
    answers.flush()
