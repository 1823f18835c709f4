"""How late this machine is with what it was asked to do: for bounds on what the product may take."""

import threading
import time

STEP = 0.05


class Lag:
    """A thread that sleeps a moment again and again while the block lasts.

            .seconds    the most that it woke too late so far: nobody else can be judged by less
    On a machine that has time it stays near nothing, and a bound that it is added to stays what it was.
    """

    def __init__(self):
        self.seconds = 0.0
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self.thread.start()
        return self

    def stop(self):
        self.ending.set()

    def _run(self):
        while not self.ending.is_set():
            began = time.monotonic()
            time.sleep(STEP)
            self.seconds = max(self.seconds, time.monotonic() - began - STEP)
