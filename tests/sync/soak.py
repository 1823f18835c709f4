"""`make soak SEED= MINUTES=`: stormy rounds with fresh seeds until the time is over.

    soak.py --build out/release --seed N --minutes M [--seconds S]

SEED empty: drawn and told, so that the same rounds can be asked for again.  Ends at the first round that went wrong,
with exit status 1.
"""

import argparse
import random
import sys
import time
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])
sys.path.insert(1, str(Path(__file__).resolve().parent))

from storm import Storm  # noqa: E402  pylint: disable=wrong-import-position


def parse():
    parser = argparse.ArgumentParser(prog="make soak")
    parser.add_argument("--build", default="out/release")
    parser.add_argument("--seed", default="")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seconds", type=float, default=60)
    return parser.parse_args()


def main():
    options = parse()
    seed = int(options.seed) if options.seed else random.SystemRandom().randrange(1, 1_000_000)
    build = Path(options.build).resolve()
    end = time.monotonic() + options.minutes * 60
    rounds = 0
    while rounds == 0 or time.monotonic() < end:
        print(f"round {rounds + 1}, seed {seed}", flush=True)
        verdict = Storm(build, seed, options.seconds, say=lambda text: print(f"  … {text}", flush=True)).run()
        print(verdict, flush=True)
        rounds += 1
        if verdict.wrong:
            print(f"make soak SEED={seed} shows it again", flush=True)
            return 1
        seed += 1
    print(f"{rounds} rounds, 0 differences in each")
    return 0


if __name__ == "__main__":
    sys.exit(main())
