"""Free loopback ports."""

import secrets
import socket
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
