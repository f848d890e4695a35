"""Runs one command and prints what it used; a program of its own, as small as Python gets.

A process begins with the peak memory of the one that started it: the measuring program's own would hide the rest.
"""

import os
import sys
import time

nothing = os.open(os.devnull, os.O_RDWR)
actions = [(os.POSIX_SPAWN_DUP2, nothing, 0), (os.POSIX_SPAWN_DUP2, nothing, 1)]
started = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=actions)
_, status, used = os.wait4(child, 0)
wall = time.perf_counter() - started
unit = 1024 * 1024 if sys.platform == "darwin" else 1024
sys.stdout.write(f"{os.waitstatus_to_exitcode(status)} {used.ru_utime + used.ru_stime} {wall} {used.ru_maxrss / unit}")
