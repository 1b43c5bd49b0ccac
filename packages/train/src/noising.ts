import { type Tensor, ops, own } from "@nonmarkov/autodiff";
import type { Key } from "@nonmarkov/random";
import type { Schedule } from "@nonmarkov/schedule";
import { checkTimes } from "./checkTimes.ts";
import { drawNoise } from "./drawNoise.ts";

/** A noised batch, owned by the caller. */
export type Noised = {
  /** x_t, [batch, ...dims]. */
  readonly xt: Tensor;
  /** The noise that made it, [batch, ...dims]. */
  readonly eps: Tensor;
};

/**
 * Draws x_t ~ q(x_t | x_0), eq. (4), for tensors; for data on the host {@link drawNoise} and
 * {@link noisedExamples} do the same with fewer kernels.
 * @param x0 [batch, ...dims], of about unit variance; borrowed
 * @param t one index in 1..T per row
 * @param key of the noise: that of {@link drawNoise}
 * @param firstIndex the first row's index, default 0
 * @throws RangeError if t.length differs from the batch, or an index is outside 1..T
 */
export const noising = (
  schedule: Schedule,
  x0: Tensor,
  t: ArrayLike<number>,
  key: Key,
  firstIndex: number = 0,
): Noised => {
  const rows = x0.shape[0] ?? 0;
  checkTimes("noising", schedule, t, rows);
  const width = rows === 0 ? 0 : x0.size / rows;
  const eps = Float32Array.from(drawNoise(key, rows, width, firstIndex));
  const alphaBars = Array.from(t, (index) => schedule.alphaBar[index]!);
  const perRow = [rows, ...x0.shape.slice(1).map(() => 1)];
  const column = (values: readonly number[]) => ops.tensor([...values], perRow, "float32");
  return own(() => {
    const noise = ops.tensor(eps, x0.shape, "float32");
    const signalPart = ops.mul(x0, column(alphaBars.map((alphaBar) => Math.sqrt(alphaBar))));
    const noisePart = ops.mul(noise, column(alphaBars.map((alphaBar) => Math.sqrt(1 - alphaBar))));
    return { xt: ops.add(signalPart, noisePart), eps: noise };
  });
};
