"""An interrupt that is never lost: Ctrl-C, or the word ``stop`` on standard input, as a window says it.

Python drops an exception that is raised in a destructor or while a process forks, and an interrupt may fall there.
So it is written down too, and `run_job` looks between two steps.
"""

from __future__ import annotations

import _thread
import signal
import sys
from threading import Thread

STOP = "stop"


class _Interrupt:
    """Whether the person asked this program to stop."""

    was_asked = False


def watch_interrupts() -> None:
    """Write down every Ctrl-C of this command; a program that was born deaf to it, in the background, stays so."""
    _Interrupt.was_asked = False
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _interrupt)


def stop_on_input() -> None:
    """Interrupt the program as Ctrl-C does once a line of standard input says ``stop``; Windows has no signals.

    The end of the input stops nothing: work goes on when the window that began it has crashed.
    """
    signal.signal(signal.SIGINT, _interrupt)
    Thread(target=_listen, name="stop-on-input", daemon=True).start()


def raise_lost_interrupt() -> None:
    """Raise the interrupt that was asked for and did not come through.

    Raises
    ------
    KeyboardInterrupt
        The person asked to stop.
    """
    if _Interrupt.was_asked:
        raise KeyboardInterrupt


def _interrupt(*_: object) -> None:
    _Interrupt.was_asked = True
    raise KeyboardInterrupt


def _listen() -> None:
    for line in sys.stdin:
        if line.strip() == STOP:
            _thread.interrupt_main()
            return
