"""napari-mazetrack: from the film of a Morris water maze to measures that a reviewer can trust.

The rooms, from the ground floor up: ``detector``, ``maze`` | ``video``, ``tracking`` | ``labels``,
``runtime`` | ``network`` | ``simulator``, ``project``, ``experiment`` | ``training`` | ``review``,
``workflows``, ``widgets`` | ``cli``. A room imports only rooms below it (``docs/architecture.md``).
"""

__version__ = "0.1.0"
