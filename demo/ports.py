import socket

from demo.errors import ProgramMissingError

TRIES = 100


def free_port(preferred: int) -> int:
    """The preferred port, so that addresses stay the same from run to run, or the next free one.

    Raises:
        ProgramMissingError: none of the next hundred is free.
    """
    for port in range(preferred, preferred + TRIES):
        if is_free(port):
            return port
    raise ProgramMissingError(
        f"None of the ports {preferred} to {preferred + TRIES - 1} is free. "
        "Stop a program that listens there."
    )


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
