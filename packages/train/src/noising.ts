import { type Tensor, ops, own } from "@nonmarkov/autodiff";
import { type Key, fillNormal, foldIn } from "@nonmarkov/random";
import type { Schedule } from "@nonmarkov/schedule";
import { checkTimes } from "./checkTimes.ts";

/** A noised batch, owned by the caller. */
export type Noised = {
  /** x_t, [batch, ...dims]. */
  readonly xt: Tensor;
  /** The noise that made it, [batch, ...dims]. */
  readonly eps: Tensor;
};

/**
 * Draws x_t ~ q(x_t | x_0), eq. (4), for tensors; {@link noisedExamples} is the same for arrays, and cheaper where the
 * data come from the host.
 * @param x0 [batch, ...dims], of about unit variance; borrowed
 * @param t one index in 1..T per row
 * @param key row i's noise comes from `foldIn(key, firstIndex + i)`
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
  const eps = new Float32Array(x0.size);
  for (let row = 0; row < rows; row++) fillNormal(foldIn(key, firstIndex + row), eps, row * width, width);
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
