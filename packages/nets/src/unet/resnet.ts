import { type GroupNormOptions, ops, type Tensor } from "@nonmarkov/autodiff";
import { conv, convTree, zeroConvTree } from "../layers/conv.ts";
import { linear, linearTree } from "../layers/linear.ts";
import { normSilu, normTree } from "../layers/norm.ts";
import type { Conv, Linear, Norm } from "../layers/params.ts";
import type { Make } from "../parameter.ts";

/** A residual block: shortcut(x) + conv2(silu(norm2(conv1(silu(norm1(x))) + time_emb_proj(silu(emb))))). */
export type ResnetTree<Leaf> = {
  /** Normalises the input. */
  readonly norm1: Norm<Leaf>;
  /** 3x3, to the block's channels. */
  readonly conv1: Conv<Leaf>;
  /** From the time embedding to the block's channels. */
  readonly time_emb_proj: Linear<Leaf>;
  /** Normalises after the time embedding is added. */
  readonly norm2: Norm<Leaf>;
  /** 3x3, zero at the start. */
  readonly conv2: Conv<Leaf>;
  /** 1x1, only where the number of channels changes. */
  readonly conv_shortcut?: Conv<Leaf>;
};

export const resnetTree = <Leaf>(
  make: Make<Leaf>,
  inputs: number,
  outputs: number,
  embedding: number,
): ResnetTree<Leaf> => ({
  norm1: normTree(make, inputs),
  conv1: convTree(make, 3, inputs, outputs),
  time_emb_proj: linearTree(make, embedding, outputs),
  norm2: normTree(make, outputs),
  conv2: zeroConvTree(make, outputs, outputs),
  ...(inputs === outputs ? {} : { conv_shortcut: convTree(make, 1, inputs, outputs) }),
});

/** `emb` is silu(emb). Biases are added up before they are spread over the pixels: each spreading is a pass over memory. */
export const resnet = (
  { norm1, conv1, time_emb_proj, norm2, conv2, conv_shortcut }: ResnetTree<Tensor>,
  x: Tensor,
  emb: Tensor,
  options: GroupNormOptions,
): Tensor => {
  const perRow = ops.add(linear(time_emb_proj, emb), conv1.bias);
  const [batch, channels] = perRow.shape as [number, number];
  const h = ops.add(conv(conv1.weight, normSilu(norm1, x, options)), ops.reshape(perRow, [batch, 1, 1, channels]));
  const y = conv(conv2.weight, normSilu(norm2, h, options));
  return conv_shortcut === undefined
    ? ops.add(ops.add(y, x), conv2.bias)
    : ops.add(ops.add(y, conv(conv_shortcut.weight, x)), ops.add(conv2.bias, conv_shortcut.bias));
};
