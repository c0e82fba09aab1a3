"""Running a model file on a film.

``options`` (the choices: back ends, precisions; no heavy import) → ``open_runner`` (which back end, and why) →
``runner`` (the face and the life cycle that all of them share) ← ``openvino_runner`` (and its ``compiled_cache``),
``onnxruntime_runner`` (``providers``: where it really computes), ``tensorrt_runner`` (on a card: ``gpu``; its
``engine`` comes from the cache or from ``engine_building``).
``stream`` keeps decoding, inference and post-processing of a film (or a ``part_of_film``) busy at once;
``stream_clock`` tells what held it up.
Other precisions: ``folded_graph`` → ``half_graph`` (fp16) and ``reduced_precision`` (int8) make them, ``parity`` holds
them against FP32.
"""

from napari_mazetrack.runtime.open_runner import open_runner, prepare_runner
from napari_mazetrack.runtime.options import Backend, Precision, RunnerInfo, RunnerOptions
from napari_mazetrack.runtime.runner import Runner

__all__ = ["Backend", "Precision", "Runner", "RunnerInfo", "RunnerOptions", "open_runner", "prepare_runner"]
