import { type Tensor, add, mul, sub } from "@tensorflow/tfjs-core";
import { own } from "./own.ts";

/**
 * Mixes tensors by a mask: mask·known + (1 - mask)·other, exactly one of them where the mask is 0 or 1 and both are finite.
 * What it returns borrows both and hands over a new tensor.
 * @param mask float32, in 0..1, of a shape that broadcasts to that of the tensors; borrowed as long as the result is used
 * @throws RangeError, when called, if shapes do not fit
 */
export const blendTensor =
  (mask: Tensor): ((known: Tensor, other: Tensor) => Tensor) =>
  (known, other) => {
    const { rank, shape } = other;
    const fits = mask.rank <= rank && mask.shape.every((n, i) => n === 1 || n === shape[rank - mask.rank + i]);
    if (known.shape.join() !== shape.join() || !fits)
      throw new RangeError(
        `blendTensor: known and other must have one shape, to which the mask's broadcasts, got [${known.shape.join()}], ` +
          `[${shape.join()}] and the mask's [${mask.shape.join()}]`,
      );
    return own(() => add(mul(known, mask), mul(other, sub(1, mask))));
  };
