import { attention as attend, type GroupNormOptions, ops, type Tensor } from "@nonmarkov/autodiff";
import { linear, linearTree, zeroLinearTree } from "../layers/linear.ts";
import { norm, normTree } from "../layers/norm.ts";
import type { Linear, Norm } from "../layers/params.ts";
import type { Make } from "../parameter.ts";

/** Self-attention over the pixels: x + to_out(attention(to_q(y), to_k(y), to_v(y))), y = group_norm(x), or x without it. */
export type AttentionTree<Leaf> = {
  /** Normalises the input, unless that is switched off. */
  readonly group_norm?: Norm<Leaf>;
  /** Queries. */
  readonly to_q: Linear<Leaf>;
  /** Keys. */
  readonly to_k: Linear<Leaf>;
  /** Values. */
  readonly to_v: Linear<Leaf>;
  /** One linear layer, zero at the start (in a list, for that is how PyTorch's name has it: `to_out.0`). */
  readonly to_out: readonly [Linear<Leaf>];
};

/** How attention is computed. */
export type AttentionOptions = GroupNormOptions & {
  /** Number of heads. */
  readonly heads: number;
  /** What the result is divided by; 1. */
  readonly scale?: number;
};

export const attentionTree = <Leaf>(make: Make<Leaf>, channels: number, normalised = true): AttentionTree<Leaf> => ({
  ...(normalised ? { group_norm: normTree(make, channels) } : {}),
  to_q: linearTree(make, channels, channels),
  to_k: linearTree(make, channels, channels),
  to_v: linearTree(make, channels, channels),
  to_out: [zeroLinearTree(make, channels, channels)],
});

/** [b * n, channels] to one matrix per row and head, [b * heads, n, channels / heads]. */
const toHeads = (x: Tensor, batch: number, heads: number): Tensor => {
  const width = x.shape[1]! / heads;
  const pixels = x.shape[0]! / batch;
  if (heads === 1) return ops.reshape(x, [batch, pixels, width]);
  const split = ops.transpose(ops.reshape(x, [batch, pixels, heads, width]), [0, 2, 1, 3]);
  return ops.reshape(split, [batch * heads, pixels, width]);
};

/** And back. */
const fromHeads = (x: Tensor, batch: number, heads: number): Tensor => {
  const [, pixels, width] = x.shape as [number, number, number];
  if (heads === 1) return ops.reshape(x, [batch * pixels, width]);
  const joined = ops.transpose(ops.reshape(x, [batch, heads, pixels, width]), [0, 2, 1, 3]);
  return ops.reshape(joined, [batch * pixels, heads * width]);
};

/** x [b, h, w, channels] to the same shape. */
export const attention = (
  { group_norm, to_q, to_k, to_v, to_out: [out] }: AttentionTree<Tensor>,
  x: Tensor,
  { heads, scale = 1, ...options }: AttentionOptions,
): Tensor => {
  const [batch, , , channels] = x.shape as [number, number, number, number];
  const y = ops.reshape(group_norm === undefined ? x : norm(group_norm, x, options), [-1, channels]);
  const [q, k, v] = [to_q, to_k, to_v].map((to) => toHeads(linear(to, y), batch, heads)) as [Tensor, Tensor, Tensor];
  const mixed = fromHeads(attend(q, k, v, 1 / Math.sqrt(channels / heads)), batch, heads);
  const sum = ops.add(x, ops.reshape(linear(out, mixed), x.shape));
  return scale === 1 ? sum : ops.div(sum, scale);
};
