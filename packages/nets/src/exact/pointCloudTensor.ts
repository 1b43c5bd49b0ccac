import { ops, own, type Tensor } from "@nonmarkov/autodiff";

/**
 * The exact denoiser of an empirical distribution on tensors, for sets of many points in many dimensions: E[x0 | x_t] as two
 * matrix products. In float32: the points' shares are right where they are not decided within about
 * 1e-6 |x|² / (1 - alphaBar) of each other, which holds at every t of the usual schedules; for more take `pointCloud`.
 * @param points float32 [n, ...dims], borrowed for as long as the denoiser is used
 * @param alphaBar the squared signal levels, entry t for index t
 * @returns borrows x, float32 [batch, ...dims]; the caller owns the predicted x0. Throws a RangeError where t is not an index
 *   in 1..T, or x has other dims than the points
 */
export const pointCloudTensor =
  (points: Tensor, alphaBar: readonly number[]) =>
  (x: Tensor, t: number): Tensor => {
    const a = alphaBar[t];
    if (a === undefined || a === 1)
      throw new RangeError(`pointCloudTensor: t must be an integer in 1..${alphaBar.length - 1}, got ${t}`);
    if (x.shape.slice(1).join() !== points.shape.slice(1).join())
      throw new RangeError(
        `pointCloudTensor: x must have the shape [batch, ${points.shape.slice(1).join(", ")}], got [${x.shape.join(", ")}]`,
      );
    return own(() => {
      const rows = (tensor: Tensor) => ops.reshape(tensor, [tensor.shape[0]!, -1]);
      const [p, flat] = [rows(points), rows(x)];
      const alike = ops.mul(ops.matMul(flat, p, false, true), Math.sqrt(a) / (1 - a));
      const length = ops.mul(ops.sum(ops.square(p), 1), -a / (2 * (1 - a)));
      const shares = ops.softmax(ops.add(alike, length));
      return ops.reshape(ops.matMul(shares, p), x.shape);
    });
  };
