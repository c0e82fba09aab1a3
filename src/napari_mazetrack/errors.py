"""Errors that are told to the person in one sentence, with the next step."""


class MazetrackError(Exception):
    """A failure that a person can understand and act on.

    The message says what was expected, what came, and what to do next. Command lines print it without a
    traceback and exit with status 1; windows show it in a notification.
    """
