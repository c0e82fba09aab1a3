"""Every TensorRT name and parameter that is used, held against NVIDIA's own bindings.

The bindings are on PyPI without the libraries behind them; three empty libraries let them load, so that names and
signatures can be read. The newest ones come with the test extra; ``-m proof`` fetches the oldest that the package
allows, and those on either side of the step from 10 to 11, each into a folder of its own. What the code uses is what
the fake in `fake_tensorrt.py` has: the runner's tests run on that alone.
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
from pathlib import Path

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
told = {"__version__": tensorrt.__version__}
for name in dir(tensorrt):
    value = getattr(tensorrt, name)
    if isinstance(value, type):
        told[name] = {m: getattr(value, m).__doc__ or "" for m in dir(value) if m == "__init__" or m[0] != "_"}
print(json.dumps(told))
"""


INSTALLED = "installed"
FETCHED = ("10.12.0.36", "10.16.1.11", "11.0.0.114")


@pytest.fixture(scope="module", params=[INSTALLED, *(pytest.param(v, marks=pytest.mark.proof) for v in FETCHED)])
def real(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """Each class of the real bindings: its members and what they say of themselves."""
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("no gcc to make the empty libraries with")
    version, folder = request.param, tmp_path_factory.mktemp("libraries")
    environment = {**os.environ, "LD_LIBRARY_PATH": str(folder)}
    if version == INSTALLED:
        if importlib.util.find_spec("tensorrt_bindings") is None:
            pytest.skip("NVIDIA's bindings are only for Linux on x86-64")
        version = importlib.metadata.version("tensorrt-cu12-bindings")
    else:
        environment["PYTHONPATH"] = str(fetch_bindings(version, tmp_path_factory.mktemp("bindings")))
    make_empty_libraries(compiler, folder, re.match(r"\d+", version).group())
    told = subprocess.run(
        [sys.executable, "-c", READ_SIGNATURES], env=environment, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    classes = json.loads(told.stdout)
    assert version.startswith(classes.pop("__version__"))
    return classes


def fetch_bindings(version: str, folder: Path) -> Path:
    """Unpack the wheel of a version into a folder: one environment holds only one."""
    wheel = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:", "--target", folder]
    fetched = subprocess.run(
        [*wheel, f"tensorrt-cu12-bindings=={version}"], capture_output=True, text=True, check=False
    )
    if fetched.returncode:
        pytest.skip(f"pip cannot get tensorrt-cu12-bindings {version} here: {fetched.stderr.strip()[-200:]}")
    return folder


def make_empty_libraries(compiler: str, folder: Path, version: str) -> None:
    source = folder / "empty.c"
    source.write_text("".join(f"void *{name}(void) {{ return 0; }}\n" for name in SYMBOLS))
    for library in LIBRARIES:
        name = f"lib{library}.so.{version}"
        subprocess.run([compiler, "-shared", "-fPIC", f"-Wl,-soname,{name}", "-o", folder / name, source], check=True)


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
