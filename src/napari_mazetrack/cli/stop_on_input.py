"""Stop on a word at standard input: how a window ends a command, on Windows too, where there are no signals."""

from __future__ import annotations

import _thread
import signal
import sys
from threading import Thread

STOP = "stop"


def stop_on_input() -> None:
    """Interrupt the program as Ctrl-C does once a line of standard input says ``stop``.

    The end of the input stops nothing: work goes on when the window that began it has crashed.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a program in the background is born deaf to it
    Thread(target=_listen, name="stop-on-input", daemon=True).start()


def _listen() -> None:
    for line in sys.stdin:
        if line.strip() == STOP:
            _thread.interrupt_main()
            return
