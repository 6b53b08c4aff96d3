# SPDX-License-Identifier: AGPL-3.0-or-later
"""How Python's threads and Orthanc's share: each HTTP call and each change waits for Python."""

import ctypes
import sys
import threading

LONGEST_TURN_SECONDS = 0.0005  # Python's own 5 ms are longer than Orthanc takes to store an image

_kept = threading.local()
_clear_exception = ctypes.pythonapi.PyErr_Clear


def shorten_turns() -> None:
    """Lets a thread of Orthanc's that needs Python interrupt the tagging sooner."""
    sys.setswitchinterval(LONGEST_TURN_SECONDS)


def keep_this_thread() -> None:
    """Has Python remember the calling thread of Orthanc's until the process ends.

    Else Python forgets it when the callback returns, and maps and unmaps memory for it at each
    call: a twentieth of the time in which Orthanc stores an image by C-STORE. The thread is entered
    once more than it is left (PyGILState_Ensure in Python's "Thread State and the Global
    Interpreter Lock"); Python's lock is given back all the same.

    What is remembered includes an exception that nobody took: see `forget_exception`.
    """
    if not hasattr(_kept, "entered"):
        _kept.entered = True
        ctypes.pythonapi.PyGILState_Ensure()


def forget_exception() -> None:
    """Clears what Orthanc left in a kept thread; the filter, which comes first, does this first.

    Where a header or the path of an HTTP call is no UTF-8, Orthanc gives up before it calls us, and
    leaves the exception to the next call of the thread, whoever's: that would be answered 500.
    """
    _clear_exception()
