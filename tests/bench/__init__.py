"""`make bench`: what MemOS adds to a message and takes of the machine, beside an app that does nothing but pass on.

Everything that is measured runs in processes of its own: the product as `manage.py up` starts it, the least app, the
model server (`stub.py`) and the clients (`client.py`). They share one clock, CLOCK_MONOTONIC. docs/performance.md says
what each figure means.
"""
