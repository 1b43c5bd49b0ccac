import { type Tensor, type Tensor4D, image } from "@tensorflow/tfjs-core";

/**
 * Nearest-neighbour resizing of x [batch, height, width, channels] to [batch, ...size, channels]. The caller owns the result.
 * Differentiable where both sides are multiplied by whole numbers.
 */
export const resizeNearestNeighbor = <T extends Tensor>(x: T, size: readonly [number, number]): T =>
  image.resizeNearestNeighbor(x as Tensor as Tensor4D, [...size]) as Tensor as T;
