import { ops, type Tensor } from "@nonmarkov/autodiff";

/** [b, h, w, c] to [b, h / p, w / p, p * p * c]: the pixels of a patch become channels. (Of rank 4 throughout: tfjs is slow beyond.) */
export const toPatches = (x: Tensor, p: number): Tensor => {
  if (p === 1) return x;
  const [b, h, w, c] = x.shape as [number, number, number, number];
  const rows = ops.reshape(x, [(b * h) / p, p, w / p, p * c]);
  return ops.reshape(ops.transpose(rows, [0, 2, 1, 3]), [b, h / p, w / p, p * p * c]);
};

/** And back. */
export const fromPatches = (x: Tensor, p: number): Tensor => {
  if (p === 1) return x;
  const [b, h, w, c] = x.shape as [number, number, number, number];
  const rows = ops.reshape(x, [b * h, w, p, c / p]);
  return ops.reshape(ops.transpose(rows, [0, 2, 1, 3]), [b, h * p, w * p, c / p ** 2]);
};
