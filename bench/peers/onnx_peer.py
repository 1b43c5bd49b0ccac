"""ONNX Runtime on the CPU, float32: the same networks and operations, exported from models.py by torch.onnx."""

import inspect
import multiprocessing
import os
import tempfile

import numpy as np
import onnxruntime
import protocol

CASES = [
    "cifar_forward_b1",
    "cifar_forward_b8",
    "mnist_forward_b64",
    "mlp_forward_b1024",
    "mlp_ddim50_b1024",
    "gemm_512",
    "gemm_1024",
    "conv3x3_c128_32_b8",
    "groupnorm_silu_c128_32_b8",
    "attention_n256_c256_b8",
]


def export(folder):
    """Writes each case's graph, inputs and PyTorch's output. In a process of its own: torch's memory would count here."""
    protocol.use_all_of_the_cpu()
    import torch

    from models import FORWARD

    newer = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
    for case in CASES:
        module, inputs = FORWARD[case]()
        module.eval()
        names = [f"input{i}" for i in range(len(inputs))]
        with torch.no_grad():
            y = module(*inputs)
            torch.onnx.export(
                module, inputs, f"{folder}/{case}.onnx", opset_version=17, input_names=names, output_names=["y"], **newer
            )
        np.savez(f"{folder}/{case}.npz", y=y.numpy(), **{name: x.numpy() for name, x in zip(names, inputs)})


def session(folder, case, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    made = onnxruntime.InferenceSession(f"{folder}/{case}.onnx", options, providers=["CPUExecutionProvider"])
    feed = dict(np.load(f"{folder}/{case}.npz"))
    wanted = feed.pop("y")
    (y,) = made.run(None, feed)
    if not np.allclose(y, wanted, rtol=1e-3, atol=1e-3):
        raise ArithmeticError(f"the result is wrong by {np.abs(y - wanted).max()}")
    return lambda: made.run(None, feed)


def main():
    with tempfile.TemporaryDirectory() as folder:
        exporter = multiprocessing.get_context("spawn").Process(target=export, args=(folder,))
        exporter.start()
        exporter.join()
        if exporter.exitcode != 0:
            raise SystemExit("onnx_peer: the export failed")

        def candidates_of(case, threads):
            return {protocol.label(mode="all optimisations"): lambda: session(folder, case, threads)}

        protocol.serve(CASES, candidates_of, {"version": f"onnxruntime {onnxruntime.__version__}"})


if __name__ == "__main__":
    main()
