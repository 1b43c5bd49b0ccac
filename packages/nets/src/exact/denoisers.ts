import { ops, type Tensor } from "@nonmarkov/autodiff";
import type { RowFunction } from "./exactDenoiser.ts";

/** A denoiser on rows: `x` is borrowed, `t` is the schedule's index. */
export type RowDenoiser = (x: Float64Array, t: number) => Float64Array;

/** A denoiser on tensors: `x` is borrowed, `t` is the schedule's index, the caller owns the result. */
export type TensorDenoiser = (x: Tensor, t: number) => Promise<Tensor>;

/**
 * Takes a function of a signal level to a function of a schedule's index, as the samplers want it:
 * `atIndex(exact.eps, schedule.alphaBar)` is a denoiser on float64 rows.
 * @param alphaBar the squared signal levels, entry t for index t, entry 0 being 1
 * @throws RangeError, when called, where t is not an index of `alphaBar`
 */
export const atIndex =
  (f: RowFunction, alphaBar: readonly number[]): RowDenoiser =>
  (x, t) => {
    const level = alphaBar[t];
    if (level === undefined)
      throw new RangeError(`atIndex: t must be an integer in 0..${alphaBar.length - 1}, got ${t}`);
    return f(x, level);
  };

/**
 * Takes a denoiser on float64 rows to one on float32 tensors [batch, ...dims], the dims being one row.
 * It reads `x` back and computes on the CPU.
 */
export const onTensors =
  (denoiser: RowDenoiser): TensorDenoiser =>
  async (x, t) =>
    ops.tensor(Float32Array.from(denoiser(Float64Array.from(await x.data()), t)), x.shape, "float32");
