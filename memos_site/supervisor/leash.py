"""Starts one process that ends when the supervisor ends, however that happened (Linux; elsewhere see guard.py).

    leash.py PARENT exec PROGRAM [ARGUMENT...]
    leash.py PARENT module GATE PRELOAD MODULE [ARGUMENT...]

`exec` becomes the program. `module` imports the comma-separated PRELOAD modules, waits until a byte can be read from
the file descriptor GATE, and runs MODULE like `python -m`: so processes import while the database is still being
prepared, and none serves before it is. Standard library only, since `exec` runs without
site-packages.
"""

import importlib
import os
import runpy
import select
import signal
import sys

PR_SET_PDEATHSIG = 1


def hold(parent: int) -> None:
    """Have the kernel kill this process when the thread that forked it ends; survives exec, not a further fork."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it ended before the line above
        os._exit(1)


def preload(names: str) -> None:
    """Import what the module will need, Django first; code that is wrong fails here, before the gate."""
    if not names:
        return
    import django

    django.setup()
    for name in names.split(","):
        importlib.import_module(name)


def wait(gate: int, parent: int) -> None:
    """Return when the supervisor opens the gate: there is a byte to read, which is left there for the next one."""
    select.select([gate], [], [])
    os.close(gate)
    if os.getppid() != parent:  # the gate fell open because the supervisor is gone
        os._exit(1)


def main(arguments: list[str]) -> None:
    """Do what the module's docstring says."""
    parent, kind, *rest = arguments
    hold(int(parent))
    if kind == "exec":
        os.execv(rest[0], rest)
    gate, names, module, *own = rest
    preload(names)
    wait(int(gate), int(parent))
    sys.argv = [module, *own]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
