"""One command for everything: make the environment when it is missing, then do what is asked.

Needs nothing but the standard library, and runs on Python 3.7 and newer, so that an old one can
say which one is needed. `make X` is the same as `python start.py X`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed.txt"
WINDOWS = os.name == "nt"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
LOWEST = (3, 11)

#: What `run`, `playground` and `demo` need, and what the tests need on top of it.
USE, DEVELOP = "playground", "dev"

USAGE = """usage: python start.py COMMAND [options for it]

  playground      the bot in a browser page; no account, no GPU
  demo            the whole story by script; leaves its pictures in demo/
  run             the bot on Discord; needs DISCORD_TOKEN
  test            format, lint, types, import contracts and the fast tests
  check           the same and the slow tests: exactly what CI runs
  lint            format, lint, types and import contracts only
  builtin         make the built-in base model again (hours)
  builtin-report  measure what is claimed of it (half an hour, more the first time)
  bench           measure what the engine costs on this CPU (five minutes)
  env             only make the environment
  clean           remove the environment, caches and demo/ (never state/)

Set TORCH_INDEX to the address of PyTorch's CPU or CUDA package index to choose the build."""


class Stop(Exception):
    """End with this sentence, or with this exit status."""


def main(arguments: list[str]) -> int:
    """Run one command; return its exit status."""
    name, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    if name not in COMMANDS:
        print(USAGE)
        return 0 if name in ("help", "-h", "--help") else 2
    os.chdir(ROOT)
    try:
        COMMANDS[name](rest)
    except Stop as stop:
        if isinstance(stop.args[0], int):
            return stop.args[0]
        print(stop, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


# --- the environment -------------------------------------------------------------------------


def ensure_environment(extra: str) -> None:
    """Make .venv and install into it, unless that was done already for these very files."""
    fingerprint = _fingerprint()
    made, installed = _installed()
    if made == fingerprint and extra in installed and PYTHON.exists():
        return
    if not PYTHON.exists() or _version([str(PYTHON)]) < LOWEST:
        _make_venv()
    print("Installing Ownhand and what it needs; the first time this takes some minutes.")
    _call([str(PYTHON), "-m", "pip", "install", *_pip_options(), "--editable", f".[{extra}]"])
    extras = [USE, DEVELOP] if extra == DEVELOP else [USE]
    STAMP.write_text("\n".join([fingerprint, *extras]) + "\n", encoding="utf-8")


def _installed() -> tuple[str, list[str]]:
    """Return the fingerprint and the extras of the last finished installation."""
    if not STAMP.exists():
        return "", []
    lines = STAMP.read_text(encoding="utf-8").split()
    return (lines[0], lines[1:]) if lines else ("", [])


def _fingerprint() -> str:
    parts = [Path(name).read_bytes() for name in ("pyproject.toml", "constraints.txt")]
    parts.append(os.environ.get("TORCH_INDEX", "").encode())
    parts.append(str(ROOT).encode())  # a moved folder has a broken environment
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _pip_options() -> list[str]:
    """Return pip's options; its own configuration decides where packages come from."""
    options = ["--disable-pip-version-check", "--constraint", "constraints.txt"]
    index = os.environ.get("TORCH_INDEX", "").strip()
    # A build of an extra index carries a local version ("+cpu"), which pip prefers.
    return [*options, "--extra-index-url", index] if index else options


def _make_venv() -> None:
    python = _find_python()
    print("Making the environment in {} with {}".format(VENV.name, " ".join(python)))
    done = subprocess.run([*python, "-m", "venv", "--clear", str(VENV)], check=False)
    if done.returncode:
        raise Stop(
            "Python could not make an environment. On Debian and Ubuntu: "
            "apt install python3-venv, then try again."
        )


def _find_python() -> list[str]:
    """Return the command of a Python that is new enough, this one first."""
    candidates = [[sys.executable]]
    candidates += [[f"python3.{minor}"] for minor in (13, 12, 11, 14)]
    candidates += [["py", f"-3.{minor}"] for minor in (13, 12, 11, 14)]
    candidates += [["python3"], ["python"]]
    for command in candidates:
        if _version(command) >= LOWEST:
            return command
    raise Stop("Ownhand needs Python 3.11 or newer; found {}.{} only.".format(*sys.version_info))


def _version(command: list[str]) -> tuple[int, ...]:
    """Return the version of a Python, () when the command does not run."""
    program = shutil.which(command[0])
    if program is None:
        return ()
    code = "import sys; print(sys.version_info[0], sys.version_info[1])"
    try:
        answer = subprocess.run(
            [program, *command[1:], "-c", code],
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=60,
        )
        return tuple(int(part) for part in answer.stdout.split())
    except (OSError, ValueError, subprocess.SubprocessError):
        return ()


# --- the commands ----------------------------------------------------------------------------


def _bot(*arguments: str) -> None:
    ensure_environment(USE)
    _become([str(PYTHON), "-m", "bot", *arguments])


def _builtin(rest: list[str]) -> None:
    ensure_environment(USE)
    _wait_asleep()
    _become([str(PYTHON), "-m", "engine.builtin", *(rest or ["all"])])


def _builtin_report(rest: list[str]) -> None:
    ensure_environment(USE)
    _wait_asleep()
    _become([str(PYTHON), "-m", "engine.builtin.report", *rest])


def _bench(rest: list[str]) -> None:
    ensure_environment(DEVELOP)
    _wait_asleep()
    _become([str(PYTHON), "-m", "benchmarks", *rest])


def _environment(_rest: list[str]) -> None:
    ensure_environment(DEVELOP)


def _lint(_rest: list[str]) -> None:
    """Run every check that is no test, and name all that failed."""
    ensure_environment(DEVELOP)
    failed: list[str] = []
    for title, options in CHECKS:
        print(f"==> {title}", flush=True)
        if _call([str(PYTHON), *options], fatal=False):
            failed.append(title)
    if failed:
        raise Stop("Failed: {}.".format(", ".join(failed)))


#: import-linter cannot be run with -m, and its script breaks when the folder is moved.
IMPORT_LINTER = "from importlinter.cli import lint_imports_command as main; main()"
CHECKS = (
    ("format", ["-m", "ruff", "format", "--check", "."]),
    ("lint", ["-m", "ruff", "check", "."]),
    ("types", ["-m", "pyright"]),
    ("types on Windows", ["-m", "pyright", "--pythonplatform", "Windows", "bot/platform"]),
    ("import contracts", ["-c", IMPORT_LINTER]),
)


def _test(rest: list[str]) -> None:
    """Run the fast tests, and under CI the marked ones too."""
    if os.environ.get("CI", "").lower() in ("1", "true"):
        _check(rest)
        return
    _lint([])
    _pytest("fast tests", rest)


def _check(rest: list[str]) -> None:
    _lint([])
    _pytest("fast tests", rest)
    _pytest("slow tests", ["-m", "(slow or e2e) and not gpu", "--timeout", "900", *rest])
    if _call([str(PYTHON), "-c", HAS_GPU], fatal=False) == 0:
        _pytest("GPU tests", ["-m", "gpu", "--timeout", "900", *rest])


HAS_GPU = "import sys, torch; sys.exit(not torch.cuda.is_available())"


def _wait_asleep() -> None:
    """Keep OpenMP's waiting threads from spinning: it starves whatever else runs on few cores."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def _pytest(title: str, options: list[str]) -> None:
    _wait_asleep()
    print(f"==> {title}", flush=True)
    status = _call([str(PYTHON), "-m", "pytest", "-q", *options], fatal=False)
    nothing_to_run = 5
    if status not in (0, nothing_to_run):
        raise Stop(status)


def _clean(_rest: list[str]) -> None:
    folders = [VENV, ROOT / "demo", ROOT / "build"]
    folders += [ROOT / name for name in (".pytest_cache", ".ruff_cache", ".import_linter_cache")]
    folders += list(ROOT.glob("*.egg-info"))
    for package in ("bot", "cogs", "data", "engine", "tests"):
        folders += list((ROOT / package).rglob("__pycache__"))
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _call(command: list[str], *, fatal: bool = True) -> int:
    status = subprocess.run(command, check=False).returncode
    if status and fatal:
        raise Stop(status)
    return status


def _become(command: list[str]) -> None:
    """Hand this process over, so that signals reach the program itself."""
    sys.stdout.flush()
    if not WINDOWS:
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted
    child = subprocess.Popen(command)
    while True:
        try:
            raise Stop(child.wait())
        except KeyboardInterrupt:
            continue  # the program heard Ctrl-C as well, and ends in its own time


COMMANDS = {
    "playground": lambda rest: _bot("playground", *rest),
    "demo": lambda rest: _bot("demo", *rest),
    "run": lambda rest: _bot("run", *rest),
    "test": _test,
    "check": _check,
    "lint": _lint,
    "builtin": _builtin,
    "builtin-report": _builtin_report,
    "bench": _bench,
    "env": _environment,
    "clean": _clean,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
