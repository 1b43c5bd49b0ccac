import type { Tensor } from "@tensorflow/tfjs-core";
import { expandTo } from "./expandTo.ts";
import { own } from "./own.ts";

/** Repeats x (float32) along new axes in front and axes of length 1, up to `shape`. The caller owns the result. */
export const broadcastTo = (x: Tensor, shape: readonly number[]): Tensor =>
  own(() => {
    const made = expandTo(x, shape);
    if (made.shape.join() !== shape.join())
      throw new RangeError(`broadcastTo: [${x.shape.join()}] cannot be broadcast to [${shape.join()}]`);
    return made;
  });
