import { type Tensor, clipByValue, div, tensor } from "@tensorflow/tfjs-core";
import { own } from "./own.ts";

/** How far predicted clean data may spread before they are pulled in. */
export type DynamicThresholdTensorOptions = {
  /** The quantile of |x0| that becomes the bound, default 0.995. */
  readonly ratio?: number;
  /** The largest bound, at least 1; default 1, which is plain clipping. */
  readonly max?: number;
};

/** The quantile of unsorted values, linear between order statistics. */
const quantile = (values: Float32Array, ratio: number): number => {
  const sorted = values.toSorted();
  const place = ratio * (sorted.length - 1);
  const below = sorted[Math.floor(place)]!;
  return below + (place - Math.floor(place)) * (sorted[Math.ceil(place)]! - below);
};

/**
 * Dynamic thresholding of predicted clean data (Saharia et al. 2022), for tensors [rows, ...dims]: per row, the bound is the
 * quantile of |x0|, kept within 1..max; x0 is clipped to it and divided by it. Reads x0 back, without blocking.
 * What it returns borrows x0 and hands over a new tensor.
 * @throws RangeError if ratio is outside 0..1 or max < 1; later, if x0 has no rows axis
 */
export const dynamicThresholdTensor = ({ ratio = 0.995, max = 1 }: DynamicThresholdTensorOptions = {}): ((
  x0: Tensor,
) => Promise<Tensor>) => {
  if (!(ratio >= 0 && ratio <= 1)) throw new RangeError(`dynamicThresholdTensor: ratio must be in 0..1, got ${ratio}`);
  if (!(max >= 1)) throw new RangeError(`dynamicThresholdTensor: max must be >= 1, got ${max}`);
  return async (x0) => {
    const [rows, ...dims] = x0.shape;
    if (rows === undefined) throw new RangeError("dynamicThresholdTensor: x0 must be [rows, ...dims], got a scalar");
    const values = (await x0.data<"float32">()).map(Math.abs);
    const size = values.length / rows;
    const bounds = Float32Array.from({ length: rows }, (_, i) =>
      Math.min(max, Math.max(1, quantile(values.subarray(i * size, (i + 1) * size), ratio))),
    );
    return own(() => clipByValue(div(x0, tensor(bounds, [rows, ...dims.map(() => 1)])), -1, 1));
  };
};
