"""PyTorch on the CPU, float32: each case in the memory layout and mode that is the fastest here."""

import ctypes

import protocol

protocol.use_all_of_the_cpu()

import torch
import torch.nn.functional as F

from models import FORWARD, NETS, net, parameters

LAYOUTS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}
CONV_GRADS = "conv3x3_grads_c128_32_b8"
TRAIN = {"cifar_train_b8": ("cifar", 8), "mnist_train_b64": ("mnist", 64), "mlp_train_b1024": ("mlp", 1024)}


def laid_out(tensors, layout):
    return tuple(x.to(memory_format=LAYOUTS[layout]) if x.dim() == 4 else x for x in tensors)


def forward(case, layout, mode):
    module, inputs = FORWARD[case]()
    module = module.eval().to(memory_format=LAYOUTS[layout])
    inputs = laid_out(inputs, layout)
    call = module
    with torch.no_grad():
        if mode != "eager":
            call = torch.jit.freeze(torch.jit.trace(module, inputs))
            if mode == "optimized":
                call = torch.jit.optimize_for_inference(call)
            if not torch.allclose(call(*inputs), module(*inputs), rtol=1e-3, atol=1e-4):
                raise ArithmeticError("the result is wrong")

    @torch.no_grad()
    def run():
        call(*inputs)

    return run


def train(case, layout, mode):
    module, inputs = net(*TRAIN[case])
    module = module.train().to(memory_format=LAYOUTS[layout])
    x, t = laid_out(inputs, layout)
    noise = torch.randn_like(x)
    adam = torch.optim.Adam(module.parameters(), lr=1e-4, **{mode: True})

    def run():
        adam.zero_grad(set_to_none=True)
        loss = F.mse_loss(module(x, t), noise)
        loss.backward()
        adam.step()
        loss.item()

    return run


def conv_grads(case, layout, mode):
    module, (x,) = FORWARD["conv3x3_c128_32_b8"]()
    x, w, dy = laid_out((x, module.weight.detach(), torch.randn_like(x)), layout)
    x, w = x.requires_grad_(), w.requires_grad_()
    y = F.conv2d(x, w, padding=1)

    def run():
        torch.autograd.grad(y, (x, w), dy, retain_graph=True)

    return run


def set_threads(threads):
    torch.set_num_threads(threads)
    try:  # Debian's OpenBLAS has threads of its own, which torch does not reach
        ctypes.CDLL("libblas.so.3").openblas_set_num_threads(threads)
    except (OSError, AttributeError):
        pass


def candidates_of(case, threads):
    if case in TRAIN:
        make, modes = train, ["foreach", "fused"]
    elif case == CONV_GRADS:
        make, modes = conv_grads, ["eager"]
    else:
        make, modes = forward, ["eager", "frozen", "optimized"]
    images = not case.startswith(("mlp", "gemm", "attention"))

    def candidate(layout, mode):
        set_threads(threads)
        return make(case, layout, mode)

    return {
        protocol.label(layout=layout, mode=mode): lambda layout=layout, mode=mode: candidate(layout, mode)
        for layout in (LAYOUTS if images else ["contiguous"])
        for mode in modes
    }


if __name__ == "__main__":
    about = {
        "version": f"torch {torch.__version__}",
        "parameters": {name: parameters(make()) for name, (make, _) in NETS.items()},
    }
    protocol.serve([*FORWARD, CONV_GRADS, *TRAIN], candidates_of, about)
