"""Become a command that ends when the supervisor does, whatever ends that.

`python tether.py SUPERVISOR_PID COMMAND...`: on Linux the kernel is asked to kill us
with our parent (PR_SET_PDEATHSIG survives exec), so that not even a SIGKILL of
`parcours up` leaves orphans. Elsewhere the command just runs. Standard library only,
run with `-I -S`: it costs a few milliseconds.
"""

import ctypes
import os
import signal
import sys
from typing import Final

PR_SET_PDEATHSIG: Final = 1
EX_UNAVAILABLE: Final = 69


def main() -> None:
    """Tie this process to its parent, then become the command."""
    supervisor, *command = sys.argv[1:]
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != int(supervisor):
        # It ended before we were tied to it.
        sys.exit(EX_UNAVAILABLE)
    os.execvp(command[0], command)  # noqa: S606 - the command of our own supervisor


if __name__ == "__main__":
    main()
