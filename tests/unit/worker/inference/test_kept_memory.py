from __future__ import annotations

import subprocess
import sys

PAGES_OF_ONE_BLOCK = 50_000
SCRIPT = f"""
import resource, sys
import numpy as np
from segrelay_worker.inference.kept_memory import give_back_kept_memory, keep_freed_memory

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def fill_and_free():
    np.empty({PAGES_OF_ONE_BLOCK} * 4096, dtype=np.uint8).fill(1)

if sys.argv[1] != "leave":
    keep_freed_memory()
fill_and_free()
if sys.argv[1] == "give back":
    give_back_kept_memory()
before = faults()
fill_and_free()
print(faults() - before)
"""


def faults_of_the_second_block(how: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, how], check=True, capture_output=True, text=True
    )
    return int(done.stdout)


def test_memory_that_was_freed_is_used_again_without_asking_the_kernel() -> None:
    assert faults_of_the_second_block("keep") < PAGES_OF_ONE_BLOCK / 100
    # The kernel may give huge pages, of 512 small ones.
    assert faults_of_the_second_block("leave") >= PAGES_OF_ONE_BLOCK / 600


def test_memory_that_was_given_back_is_asked_for_anew() -> None:
    assert faults_of_the_second_block("give back") >= PAGES_OF_ONE_BLOCK / 600
