import { type Key, fillNormal, foldIn } from "@nonmarkov/random";
import type { Schedule } from "@nonmarkov/schedule";
import { checkTimes } from "./checkTimes.ts";
import type { Prediction } from "./prediction.ts";
import { targetCoefs } from "./targetCoefs.ts";

/** What a network is shown and what it should answer, row after row. */
export type NoisedExamples = {
  /** x_t, as long as x0. */
  readonly xt: Float32Array;
  /** The target of the prediction, as long as x0. */
  readonly target: Float32Array;
};

/**
 * Draws x_t ~ q(x_t | x_0), eq. (4), and the target that belongs to it: plain numbers, computed in float64 and rounded
 * once, the same on every backend. Row i's noise comes from `foldIn(key, firstIndex + i)`, as in {@link noising}.
 * @param x0 the rows one after the other, of about unit variance
 * @param t one index in 1..T per row
 * @param firstIndex the first row's index, default 0
 * @throws RangeError if the rows do not divide x0 evenly, or an index is outside 1..T
 */
export const noisedExamples = (
  schedule: Schedule,
  {
    x0,
    t,
    key,
    prediction = "eps",
    firstIndex = 0,
  }: {
    readonly x0: ArrayLike<number>;
    readonly t: ArrayLike<number>;
    readonly key: Key;
    readonly prediction?: Prediction;
    readonly firstIndex?: number;
  },
): NoisedExamples => {
  const rows = t.length;
  const width = rows === 0 ? 0 : x0.length / rows;
  if (!Number.isInteger(width) || width * rows !== x0.length)
    throw new RangeError(`noisedExamples: x0 must consist of ${rows} equal rows, one per t, got ${x0.length} numbers`);
  checkTimes("noisedExamples", schedule, t, rows);
  const xt = new Float32Array(x0.length);
  const target = new Float32Array(x0.length);
  const eps = new Float64Array(width);
  for (let row = 0; row < rows; row++) {
    const alphaBar = schedule.alphaBar[t[row]!]!;
    const signal = Math.sqrt(alphaBar);
    const noise = Math.sqrt(1 - alphaBar);
    const coefs = targetCoefs(prediction, alphaBar);
    fillNormal(foldIn(key, firstIndex + row), eps);
    for (let i = 0, at = row * width; i < width; i++, at++) {
      xt[at] = signal * x0[at]! + noise * eps[i]!;
      target[at] = coefs.x0 * x0[at]! + coefs.eps * eps[i]!;
    }
  }
  return { xt, target };
};
