"""Every TensorRT name and parameter that is used, held against NVIDIA's own bindings.

The bindings are on PyPI without the libraries behind them; three empty libraries let them load, so that names and
signatures can be read. What the code uses is what the fake in `fake_tensorrt.py` has: the runner's tests run on that
alone.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import inspect
import json
import os
import re
import shutil
import subprocess
import sys

import fake_tensorrt
import pytest

LIBRARIES = ("nvinfer", "nvinfer_plugin", "nvonnxparser")
#: The C functions that the bindings look for while they load.
SYMBOLS = (
    "createInferBuilder_INTERNAL", "createInferRefitter_INTERNAL", "createInferRuntime_INTERNAL",
    "createNvOnnxParserRefitter_INTERNAL", "createNvOnnxParser_INTERNAL", "getBuilderPluginRegistry",
    "getInferLibVersion", "getLogger", "getNvOnnxParserVersion", "getPluginRegistry", "initLibNvInferPlugins",
)  # fmt: skip
READ_SIGNATURES = """
import json, tensorrt_bindings as tensorrt
told = {}
for name in dir(tensorrt):
    value = getattr(tensorrt, name)
    if isinstance(value, type):
        told[name] = {m: getattr(value, m).__doc__ or "" for m in dir(value) if m == "__init__" or m[0] != "_"}
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """Each class of the real bindings: its members and what they say of themselves."""
    if importlib.util.find_spec("tensorrt_bindings") is None:
        pytest.skip("NVIDIA's bindings are only for Linux on x86-64")
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("no gcc to make the empty libraries with")
    folder = tmp_path_factory.mktemp("libraries")
    source = folder / "empty.c"
    source.write_text("".join(f"void *{name}(void) {{ return 0; }}\n" for name in SYMBOLS))
    version = re.match(r"\d+", importlib.metadata.version("tensorrt-cu12-bindings")).group()
    for library in LIBRARIES:
        name = f"lib{library}.so.{version}"
        subprocess.run([compiler, "-shared", "-fPIC", f"-Wl,-soname,{name}", "-o", folder / name, source], check=True)
    environment = {**os.environ, "LD_LIBRARY_PATH": str(folder)}
    told = subprocess.run(
        [sys.executable, "-c", READ_SIGNATURES], env=environment, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)


def methods(fake: type) -> list[str]:
    functions = [name for name, value in vars(fake).items() if inspect.isfunction(value)]
    return [name for name in functions if name == "__init__" or name[0] != "_"]


#: What the code never makes itself: the library gives it.
GIVEN = (
    fake_tensorrt.IExecutionContext,
    fake_tensorrt.ICudaEngine,
    fake_tensorrt.ITimingCache,
    fake_tensorrt.ParserError,
)
USED = [
    (fake, name)
    for fake in fake_tensorrt.CLASSES
    for name in methods(fake)
    if not (name == "__init__" and fake in GIVEN)
]


def parameters(signature: str) -> list[str]:
    """Return the parameters' names of the first signature in a docstring of the bindings, without self."""
    text = signature[signature.index("(") + 1 : signature.index(") ->")]
    return [name for name in re.findall(r"(?:^|, )(\w+):", text) if name != "self"]


@pytest.mark.parametrize(("fake", "name"), USED, ids=[f"{fake.__name__}.{name}" for fake, name in USED])
def test_a_method_takes_what_the_real_one_takes(real: dict, fake: type, name: str) -> None:
    documentation = real[fake.__name__][name]
    signatures = [line for line in documentation.splitlines() if f"{name}(self" in line]
    own = [p for p in inspect.signature(getattr(fake, name)).parameters if p != "self"]
    assert signatures, documentation
    assert any(parameters(s)[: len(own)] == own for s in signatures), (own, signatures)


@pytest.mark.parametrize("flags", fake_tensorrt.FLAGS, ids=lambda flags: flags.__name__)
def test_flags_are_there(real: dict, flags: type) -> None:
    used = [name for name in vars(flags) if name.isupper()]
    assert used
    assert set(used) <= set(real[flags.__name__])


def test_properties_and_severities_are_there(real: dict) -> None:
    assert "num_errors" in real["OnnxParser"]
    assert "progress_monitor" in real["IBuilderConfig"]
    assert "Severity" in real["ILogger"]


def test_a_wrong_name_would_be_noticed(real: dict) -> None:
    assert "execute_async_v2" not in real["IExecutionContext"]
    assert parameters(real["IExecutionContext"]["execute_async_v3"]) == ["stream_handle"]
