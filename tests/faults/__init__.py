"""The fault harness: runs an operation in a child process and breaks it at its N-th step on the disk.

harness.py    tries an operation at every step (or a sample of them), for every kind of fault
child.py      the process that is broken
breaker.py    counts the steps and does the damage
vfs.py        SQLite's way to the disk, through the breaker
disk.py       the storage floor's way to the disk, through the breaker
objects.py    the way to a store of objects, through the breaker
power.py      which bytes and names survive a power cut
"""
