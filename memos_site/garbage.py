"""How the garbage collector of a long-lived process is set."""

import gc

# Allocations between two looks at the youngest objects: Python's 700 is for scripts. A message makes some ten thousand.
YOUNG = 50_000


def settle() -> None:
    """Call it when all is imported: those objects stay, so they are never looked at again; and look at others less.

    Looking took a tenth of the time of a busy web process. What refers to itself in a circle is freed a little later.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 20)
