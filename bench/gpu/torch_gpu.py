"""The CIFAR-10 U-Net on a GPU with PyTorch, in milliseconds: eager, CUDA graphs and torch.compile; TF32 off and on; BF16.

Arguments: the file for the results. Waits for the device at the end of every run.
"""

import json
import os
import sys
import time

import torch
import torch.nn.functional as F

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "peers"))
from models import net

OUT = sys.argv[1]
RESULT = {"torch": torch.__version__, "gpu": torch.cuda.get_device_name(0), "rows": {}}


def keep(name, row):
    RESULT["rows"][name] = row
    print(name, row, flush=True)
    with open(OUT, "w") as file:
        json.dump(RESULT, file, indent=1)


def timed(name, make, most=20, seconds=5.0):
    """Makes what to run, warms it up three times, and times it."""
    try:
        begin = time.time()
        run = make()
        for _ in range(3):
            run()
        torch.cuda.synchronize()
        warm_up = 1e3 * (time.time() - begin)
        taken, begin = [], time.time()
        while len(taken) < most and time.time() - begin < seconds:
            before = time.perf_counter()
            run()
            torch.cuda.synchronize()
            taken.append(1e3 * (time.perf_counter() - before))
        taken.sort()
        keep(name, {"median": taken[len(taken) // 2], "min": taken[0], "max": taken[-1], "runs": len(taken), "warmUp": warm_up})
    except Exception as error:
        keep(name, {"error": f"{type(error).__name__}: {error}".splitlines()[0]})


def inputs(batch):
    module, (x, t) = net("cifar", batch)
    return module.cuda(), x.cuda(), t.cuda()


def forward(batch):
    module, x, t = inputs(batch)
    module.eval()

    @torch.no_grad()
    def run():
        return module(x, t)

    return run


def graphed(make):
    """The same work, replayed as a CUDA graph."""

    def made():
        run = make()
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                run()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            run()
        return graph.replay

    return made


def half(batch):
    module, x, t = inputs(batch)
    module = module.eval().to(torch.bfloat16).to(memory_format=torch.channels_last)
    x = x.bfloat16().contiguous(memory_format=torch.channels_last)

    @torch.no_grad()
    def run():
        with torch.autocast("cuda", torch.bfloat16):
            return module(x, t)

    return run


def compiled(batch, mode):
    module, x, t = inputs(batch)
    call = torch.compile(module.eval(), mode=mode)

    @torch.no_grad()
    def run():
        return call(x, t)

    return run


def train(batch):
    module, x, t = inputs(batch)
    noise = torch.randn_like(x)
    adam = torch.optim.Adam(module.train().parameters(), lr=1e-4, fused=True)

    def run():
        adam.zero_grad(set_to_none=True)
        F.mse_loss(module(x, t), noise).backward()
        adam.step()

    return run


torch.backends.cudnn.benchmark = True
for tf32 in (False, True):
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
    tag = "tf32" if tf32 else "f32"
    for batch in (1, 16, 64, 256):
        timed(f"{tag}_eager_forward_b{batch}", lambda: forward(batch))
        timed(f"{tag}_graph_forward_b{batch}", graphed(lambda: forward(batch)))
    timed(f"{tag}_eager_train_b128", lambda: train(128))
for batch in (1, 16, 64, 256):
    timed(f"bf16_graph_forward_b{batch}", graphed(lambda: half(batch)))
for batch in (1, 16):
    for mode in ("default", "reduce-overhead"):
        timed(f"tf32_compile_{mode}_forward_b{batch}", lambda: compiled(batch, mode))
