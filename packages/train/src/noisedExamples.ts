import type { Schedule } from "@nonmarkov/schedule";
import { checkTimes } from "./checkTimes.ts";
import type { Prediction } from "./prediction.ts";
import { targetCoefs } from "./targetCoefs.ts";

/** Clean rows and their noise. */
export type CleanExamples = {
  /** The rows one after the other, of about unit variance. */
  readonly x0: ArrayLike<number>;
  /** Standard normal noise, as long as x0; see `drawNoise`. */
  readonly eps: ArrayLike<number>;
  /** One index in 1..T per row. */
  readonly t: ArrayLike<number>;
  /** What the network predicts, default "eps". */
  readonly prediction?: Prediction;
};

/** What a network is shown and what it should answer, row after row. */
export type NoisedExamples = {
  /** x_t, as long as x0. */
  readonly xt: Float32Array;
  /** The target of the prediction, as long as x0. */
  readonly target: Float32Array;
};

/**
 * x_t = sqrt(alphaBar[t]) x_0 + sqrt(1 - alphaBar[t]) eps, eq. (4), and the target that belongs to it: plain numbers,
 * computed in float64 and rounded once, the same on every backend.
 * @throws RangeError if x0 does not consist of equal rows, one per t, eps is not as long, or an index is outside 1..T
 */
export const noisedExamples = (
  schedule: Schedule,
  { x0, eps, t, prediction = "eps" }: CleanExamples,
): NoisedExamples => {
  const rows = t.length;
  const width = rows === 0 ? 0 : x0.length / rows;
  if (!Number.isInteger(width) || width * rows !== x0.length || eps.length !== x0.length)
    throw new RangeError(
      `noisedExamples: x0 must be ${rows} equal rows, one per t, and eps as long, got ${x0.length} and ${eps.length}`,
    );
  checkTimes("noisedExamples", schedule, t, rows);
  const xt = new Float32Array(x0.length);
  const target = new Float32Array(x0.length);
  for (let row = 0; row < rows; row++) {
    const alphaBar = schedule.alphaBar[t[row]!]!;
    const signal = Math.sqrt(alphaBar);
    const noise = Math.sqrt(1 - alphaBar);
    const coefs = targetCoefs(prediction, alphaBar);
    for (let i = row * width; i < (row + 1) * width; i++) {
      xt[i] = signal * x0[i]! + noise * eps[i]!;
      target[i] = coefs.x0 * x0[i]! + coefs.eps * eps[i]!;
    }
  }
  return { xt, target };
};
