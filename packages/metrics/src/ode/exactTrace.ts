import { ops, vjp } from "@nonmarkov/autodiff";
import type { TraceEstimator } from "./traceEstimator.ts";

/** The trace itself, by one `vjp` for each number of a row: for few dimensions. */
export const exactTrace: TraceEstimator = (f, x) => {
  const [rows, ...dims] = x.shape as [number, ...number[]];
  const dim = dims.reduce((a, b) => a * b, 1);
  const unit = (j: number) =>
    ops.reshape(ops.tile(ops.oneHot(ops.tensor1d([j], "int32"), dim), [rows, 1]), x.shape) as typeof x;
  const pulls = Array.from({ length: dim }, (_, j) => {
    const direction = ops.cast(unit(j), "float32");
    const { value, grad } = vjp(f, x, direction);
    return { value, along: ops.sum(ops.reshape(ops.mul(grad, direction), [rows, dim]), 1) };
  });
  return { output: pulls[0]!.value, traces: [ops.addN(pulls.map(({ along }) => along))] };
};
