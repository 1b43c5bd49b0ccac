import { ops, own, type Tensor, treeDispose } from "@nonmarkov/autodiff";
import type { Schedule } from "@nonmarkov/schedule";
import { exactTrace } from "./exactTrace.ts";
import { indexAt } from "./indexAt.ts";
import type { TracedDenoiser } from "./tracedDenoiser.ts";
import type { TraceEstimator } from "./traceEstimator.ts";

/** What {@link traceOnTensors} needs. */
export type TraceOnTensorsOptions = {
  /**
   * The network at one index, with fractions: `(x, t) => net.apply(params, x, ops.fill([1], t))`. Its derivative is taken, so
   * it must not be recorded by `jit` (as `denoiserOf` does). Borrows x; it may leave tensors to the scope it is run in.
   */
  readonly denoiser: (x: Tensor, t: number) => Tensor;
  /** Tells the index of a signal level, see {@link indexAt}. */
  readonly schedule: Schedule;
  /** The shape of one row. */
  readonly dims: readonly number[];
  /** Default {@link exactTrace}; {@link hutchinson} for more than a few dimensions. */
  readonly trace?: TraceEstimator;
};

/**
 * A network on float32 tensors as the likelihood's ODE asks for it.
 * @returns a function that throws a RangeError where x is not rows of that shape, or the level is not the schedule's; no tensors
 * are left behind, also then
 */
export const traceOnTensors = ({
  denoiser,
  schedule,
  dims,
  trace = exactTrace,
}: TraceOnTensorsOptions): TracedDenoiser => {
  const size = dims.reduce((a, b) => a * b, 1);
  return async (x, alphaBar) => {
    const rows = x.length / size;
    if (!Number.isInteger(rows))
      throw new RangeError(
        `traceOnTensors: x must be rows of [${dims.join(", ")}], got ${x.length} numbers; check dims`,
      );
    const t = indexAt(schedule, alphaBar);
    const made = own(() => {
      const xt = ops.tensor(Float32Array.from(x), [rows, ...dims], "float32");
      const { output, traces } = trace((at) => denoiser(at, t), xt);
      return { output, traces: ops.stack([...traces], 1) };
    });
    try {
      const [output, traces] = await Promise.all([made.output.data(), made.traces.data()]);
      return { output: Float64Array.from(output), traces: Float64Array.from(traces) };
    } finally {
      treeDispose(made);
    }
  };
};
