"""Free loopback ports."""

import contextlib
import secrets
import socket
from collections.abc import Iterator
from typing import Final

LOOPBACK: Final = "127.0.0.1"
# Below the range from which kernels take the ports of outgoing connections (32768 and
# up on Linux, 49152 elsewhere): no client socket slips in between choice and use.
_CHOICE: Final = range(20_000, 32_000)


def free_ports(count: int) -> list[int]:
    """Choose ports on which nobody listens.

    Raises:
        OSError: so many are not free.
    """
    found: list[int] = []
    for port in secrets.SystemRandom().sample(_CHOICE, k=len(_CHOICE)):
        if len(found) == count:
            return found
        if is_free(port):
            found.append(port)
    message = f"no {count} free ports between {_CHOICE.start} and {_CHOICE.stop}"
    raise OSError(message)


def is_free(port: int) -> bool:
    """Whether nobody listens on a port of the loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


@contextlib.contextmanager
def claimed(port: int) -> Iterator[bool]:
    """Claim a port of the loopback for the time of a `with`, before it is listened on.

    The claim is a UDP socket of the same number: the kernel gives it to one process
    alone, takes it back whatever ends that one, and leaves the TCP port to listen on.

    Returns:
        Whether it is ours: nobody listens on it, nobody else has claimed it.
    """
    with socket.socket(type=socket.SOCK_DGRAM) as claim:
        ours = is_free(port)
        if ours:
            try:
                claim.bind((LOOPBACK, port))
            except OSError:
                ours = False
        yield ours
