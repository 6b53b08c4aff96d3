"""Runs every benchmark, or the one named: `python -m bench [NAME]`, QUICK=1 for fewer rounds."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping

from bench.among_images import run as run_among_images
from bench.candidates import run as run_candidates
from bench.claim import run as run_claim
from bench.claim_growth import run as run_claim_growth
from bench.eta import run as run_eta
from bench.idle import run as run_idle
from bench.infer import run as run_infer
from bench.ingest import run as run_ingest
from bench.ingest_in_container import run as run_ingest_in_container
from bench.pickup import run as run_pickup
from bench.results import run as run_results

Figures = Mapping[str, object]

BENCHMARKS: Mapping[str, Callable[[bool], Figures]] = {
    "pickup": run_pickup,
    "idle": run_idle,
    "claim": run_claim,
    "claim_growth": run_claim_growth,
    "eta": run_eta,
    "results": run_results,
    "infer": run_infer,
    "ingest": run_ingest,
    "ingest_in_container": run_ingest_in_container,
    "candidates": run_candidates,
    "among_images": run_among_images,
}


def main(names: list[str]) -> int:
    """Prints one line of JSON each and, after several, a table; 1 if a figure does not hold."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"No benchmark is called {unknown[0]}; there are: {', '.join(BENCHMARKS)}.")
        return 2
    quick = bool(os.environ.get("QUICK"))
    figures: dict[str, Figures] = {}
    for name in names or BENCHMARKS:
        figures[name] = BENCHMARKS[name](quick)
        print(json.dumps({"bench": name, **figures[name]}), flush=True)
    if not names:
        _print_table(figures)
    return 0 if all(measured["ok"] for measured in figures.values()) else 1


def _print_table(figures: Mapping[str, Figures]) -> None:
    print(f"\n{'bench':<20}{'ratio':>8}  {'ok':<4}against")
    for name, measured in figures.items():
        ok = "yes" if measured["ok"] else "no"
        print(f"{name:<20}{measured['ratio']:>8.2f}  {ok:<4}{measured['against']}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
