"""What the peers have in common: JSON lines over stdin and stdout, timing, and peak memory."""

import ctypes
import gc
import json
import multiprocessing
import os
import sys
import time


def use_all_of_the_cpu():
    """Before torch is imported: no slower kernels than the processor can run, as Debian's build takes unless told."""
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        os.environ.pop(name, None)
    with open("/proc/cpuinfo") as info:
        if " avx512vl" in info.read():
            os.environ.setdefault("ATEN_CPU_CAPABILITY", "avx512")


def label(**names):
    return tuple(names.items())


def seconds(run, repeats):
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return taken


def trial(run, most=5, budget=0.5):
    """The least of a few times."""
    taken = seconds(run, 2)
    while len(taken) < most and sum(taken) < budget:
        taken += seconds(run, 1)
    return min(taken)


def reset_peak():
    """Gives back the memory that is no longer used, and forgets the peak."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/clear_refs", "w") as refs:
        refs.write("5")


def peak_kb():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def work(pipe, others, make):
    """In a process of its own: makes what to run, warms up (twice: torch.jit specialises while it does) and obeys."""
    others.close()
    try:
        run = make()
        seconds(run, 2)
        reset_peak()
        pipe.send(trial(run))
    except Exception as error:
        pipe.send(f"{type(error).__name__}: {error}".splitlines()[0])
        return
    try:
        while True:
            taken = seconds(run, pipe.recv())
            pipe.send({"seconds": taken, "peak_rss_kb": peak_kb()})
    except EOFError:  # the peer has ended
        pass


class Worker:
    """A forked process for one candidate: nothing that another candidate leaves behind is in its memory."""

    def __init__(self, make):
        self.pipe, theirs = multiprocessing.Pipe()
        args = (theirs, self.pipe, make)
        self.process = multiprocessing.get_context("fork").Process(target=work, args=args, daemon=True)
        self.process.start()
        theirs.close()
        self.trial = self.pipe.recv()
        if isinstance(self.trial, str):
            raise RuntimeError(self.trial)

    def run(self, repeats):
        self.pipe.send(repeats)
        return self.pipe.recv()

    def stop(self):
        self.process.terminate()
        self.process.join()


class Workers:
    """Keeps the worker of the latest case, and of every case which of its candidates {label: make} was the fastest."""

    def __init__(self, candidates_of):
        self.candidates_of, self.chosen, self.key, self.worker = candidates_of, {}, None, None

    def choose(self, case, candidates):
        times = {}
        for name, make in candidates.items():
            try:
                worker = Worker(make)
                times[name] = worker.trial
                worker.stop()
            except (RuntimeError, EOFError) as error:
                print(f"{case} {'/'.join(dict(name).values())} does not work here: {error}", file=sys.stderr)
        print(case, *(f"{'/'.join(dict(n).values())} {1e3 * s:.2f} ms" for n, s in times.items()), sep=", ", file=sys.stderr)
        return min(times, key=times.get)

    def run(self, case, threads, repeats, **wanted):
        """`wanted` may name parts of the label, as layout="channels_last": then only such candidates are tried."""
        key = (case, threads, *wanted.items())
        if self.key != key:
            if self.key:
                self.worker.stop()
            self.key = None
            candidates = {n: m for n, m in self.candidates_of(case, threads).items() if wanted.items() <= dict(n).items()}
            if key not in self.chosen:
                self.chosen[key] = self.choose(case, candidates) if len(candidates) > 1 else next(iter(candidates))
            self.worker = Worker(candidates[self.chosen[key]])
            self.key = key
        try:
            return {**self.worker.run(repeats), **dict(self.chosen[key])}
        except (EOFError, OSError):
            self.key = None  # the next request starts another
            raise


def serve(cases, candidates_of, about):
    """Answers requests until stdin ends. What libraries print goes to stderr."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    workers = Workers(candidates_of)

    def answer(request):
        case = request["case"]
        if case == "list":
            return {"case": case, "cases": cases, **about}
        if case not in cases:
            raise ValueError(f"there is no case {case}")
        return {"case": case, "version": about["version"], **workers.run(**request)}

    for line in sys.stdin:
        try:
            reply = answer(json.loads(line))
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=out, flush=True)
