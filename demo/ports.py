import socket
from typing import Self

from demo.errors import ProgramMissingError

TRIES = 100


class ReservedPorts:
    """Ports that no other demo on this machine takes while this one runs.

    A program listens on its port only seconds after the port was chosen. Until then a socket with
    the port in its name (unix(7), abstract namespace) keeps it for this demo; the kernel drops
    that name with the demo, however it ends.
    """

    def __init__(self) -> None:
        self._names: list[socket.socket] = []

    def __enter__(self) -> Self:
        """Nothing is reserved yet."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """Leaves the ports to others."""
        for name in self._names:
            name.close()

    def reserve(self, preferred: int) -> int:
        """The preferred port, so that addresses stay the same each run, or the next free one.

        Raises:
            ProgramMissingError: none of the next hundred is free.
        """
        for port in range(preferred, preferred + TRIES):
            if self._claim(port) and is_free(port):
                return port
        raise ProgramMissingError(
            f"None of the ports {preferred} to {preferred + TRIES - 1} is free. "
            "Stop a program that listens there."
        )

    def _claim(self, port: int) -> bool:
        name = socket.socket(socket.AF_UNIX)
        try:
            name.bind(f"\0segrelay-demo-port-{port}")
        except OSError:
            name.close()
            return False
        self._names.append(name)
        return True


def is_free(port: int) -> bool:
    """Whether a server could listen there; Orthanc does so on every interface."""
    with socket.socket() as probe:
        # As servers do: a connection that ended a moment ago does not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True
