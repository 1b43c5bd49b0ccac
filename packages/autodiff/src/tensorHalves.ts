import { type Tensor, add, mul, slice } from "@tensorflow/tfjs-core";
import { exp } from "./exp.ts";
import { own } from "./own.ts";

/** How a network's output holds a prediction and as many values about its variance. */
export type TensorHalves = {
  /** The prediction; the caller owns the result. */
  readonly read: (raw: Tensor) => Tensor;
  /** z·exp(intercept + slope·values), `values` being the other half of `raw`; likewise. */
  readonly timesExp: (z: Tensor, raw: Tensor, intercept: number, slope: number) => Tensor;
};

/** The first or second half of the channels. */
const half = (raw: Tensor, which: 0 | 1): Tensor => {
  const channels = raw.shape.at(-1) ?? 0;
  if (channels === 0 || channels % 2 !== 0)
    throw new RangeError(
      `tensorHalves: an output must be [..., 2·channels], a prediction and as many values, got [${raw.shape.join()}]`,
    );
  const begin = raw.shape.map((_, i) => (i === raw.rank - 1 ? (which * channels) / 2 : 0));
  return slice(
    raw,
    begin,
    raw.shape.map((n, i) => (i === raw.rank - 1 ? channels / 2 : n)),
  );
};

/**
 * Outputs [..., 2·channels] whose first channels are a prediction and whose last ones are values about its variance, for
 * `learnedVariance` of the samplers. Both functions borrow.
 * @throws RangeError, when called, if the channels are odd
 */
export const tensorHalves: TensorHalves = {
  read: (raw) => half(raw, 0),
  timesExp: (z, raw, intercept, slope) => own(() => mul(z, exp(add(mul(half(raw, 1), slope), intercept)))),
};
