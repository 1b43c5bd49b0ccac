import { ops, own, type Tensor } from "@nonmarkov/autodiff";
import { jit, OutOfMemoryError, type Weights } from "@nonmarkov/engine";
import type { Net } from "./net.ts";

/** Evaluations by network: all denoisers of one network share what was recorded. */
const recorded = { float32: new WeakMap<object, unknown>(), float16: new WeakMap<object, unknown>() };

/** The network's evaluation, recorded once for each shape of its arguments. */
const evaluationOf = <P>(net: Net<P>, weights: Weights): Net<P>["apply"] => {
  const known = recorded[weights].get(net) as Net<P>["apply"] | undefined;
  if (known !== undefined) return known;
  const made = jit((params: P, x: Tensor, t: Tensor, labels?: Tensor) => net.apply(params, x, t, labels), { weights });
  recorded[weights].set(net, made);
  return made;
};

/** Settings of {@link denoiserOf}. */
export type DenoiserOptions = {
  /** With how many bits weights are kept, on WebGPU: see `jit`. Default "float32". */
  readonly weights?: Weights;
};

/** How many rows of a network's evaluation there is memory for, where there was not for all. */
const fits = new WeakMap<object, number>();

/** Evaluates rows, in parts where memory is short: the rows of a network do not know of each other. */
const inParts = (net: object, rows: number, evaluate: (from: number, count: number) => Tensor): Tensor => {
  const most = fits.get(net) ?? rows;
  if (most >= rows) {
    try {
      return evaluate(0, rows);
    } catch (error) {
      if (!(error instanceof OutOfMemoryError) || rows < 2) throw error;
      const half = Math.ceil(rows / 2);
      fits.set(net, half);
      console.warn(`denoiserOf: ${error.message}; going on with ${half} rows at a time in place of ${rows}`);
      return inParts(net, rows, evaluate);
    }
  }
  const parts: Tensor[] = [];
  try {
    for (let from = 0; from < rows;) {
      const count = Math.min(fits.get(net) ?? rows, rows - from);
      parts.push(inParts(net, count, (first, some) => evaluate(from + first, some)));
      from += count;
    }
    return ops.concat(parts, 0);
  } finally {
    for (const part of parts) part.dispose();
  }
};

/**
 * A network with its parameters as the samplers take it: all rows of x at one index t. Borrows x; the caller owns each
 * result. The parameters and labels are borrowed for as long as the denoiser is used. The network's kernels are recorded
 * at the first x of a shape, and replayed at the others: `apply` must not read the values of tensors. Where there is no
 * memory for all rows at once, they are evaluated in parts, which is warned of.
 * @param labels int32 [batch], for a network with classes
 */
export const denoiserOf = <P>(
  net: Net<P>,
  params: P,
  labels?: Tensor,
  { weights = "float32" }: DenoiserOptions = {},
): ((x: Tensor, t: number) => Tensor) => {
  const evaluate = evaluationOf(net, weights);
  return (x, t) =>
    own(() => {
      const time = ops.tensor([t]); // on the host, where a GPU has it sent along with the rest
      const rows = x.shape[0]!;
      return inParts(net, rows, (from, count) => {
        if (count === rows) return evaluate(params, x, time, labels);
        return own(() => evaluate(params, ops.slice(x, from, count), time, labels && ops.slice(labels, from, count)));
      });
    });
};
