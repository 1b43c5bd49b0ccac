import { type GroupNormOptions, ops, silu, type Tensor } from "@nonmarkov/autodiff";
import { conv, convTree, zeroConvTree } from "../layers/conv.ts";
import { linear, linearTree } from "../layers/linear.ts";
import { norm, normSilu, normTree } from "../layers/norm.ts";
import type { Conv, Linear, Norm } from "../layers/params.ts";
import type { Make } from "../parameter.ts";
import { double, halve } from "./resize.ts";

/**
 * A residual block: shortcut(x) + conv2(silu(norm2(conv1(silu(norm1(x))) + time_emb_proj(silu(emb))))), or with scale and
 * shift: shortcut(x) + conv2(silu(norm2(conv1(silu(norm1(x)))) (1 + scale) + shift)).
 */
export type ResnetTree<Leaf> = {
  /** Normalises the input. */
  readonly norm1: Norm<Leaf>;
  /** 3x3, to the block's channels. */
  readonly conv1: Conv<Leaf>;
  /** From the time embedding to the block's channels; or to twice as many, scales and then shifts. */
  readonly time_emb_proj: Linear<Leaf>;
  /** Normalises after the time embedding is added, or before it scales and shifts. */
  readonly norm2: Norm<Leaf>;
  /** 3x3, zero at the start. */
  readonly conv2: Conv<Leaf>;
  /** 1x1, only where the number of channels changes. */
  readonly conv_shortcut?: Conv<Leaf>;
};

/** How residual blocks are computed. */
export type ResnetOptions = GroupNormOptions & {
  /** Whether the embedding scales and shifts what is normalised, instead of being added before. */
  readonly scaleShift: boolean;
  /** What the result is divided by; 1. */
  readonly scale?: number;
  /** Whether the block doubles or halves height and width; neither. */
  readonly resize?: "double" | "halve";
};

export const resnetTree = <Leaf>(
  make: Make<Leaf>,
  inputs: number,
  outputs: number,
  embedding: number,
  scaleShift: boolean,
): ResnetTree<Leaf> => ({
  norm1: normTree(make, inputs),
  conv1: convTree(make, 3, inputs, outputs),
  time_emb_proj: linearTree(make, embedding, scaleShift ? 2 * outputs : outputs),
  norm2: normTree(make, outputs),
  conv2: zeroConvTree(make, outputs, outputs),
  ...(inputs === outputs ? {} : { conv_shortcut: convTree(make, 1, inputs, outputs) }),
});

const resizers = { double, halve };

/** [b, channels] as [b, 1, 1, channels]. */
const overPixels = (rows: Tensor): Tensor => ops.reshape(rows, [rows.shape[0]!, 1, 1, rows.shape[1]!]);

/** The first convolution's result with the embedding in it, normalised and through SiLU. */
const conditioned = (
  { conv1, time_emb_proj, norm2 }: ResnetTree<Tensor>,
  h: Tensor,
  emb: Tensor,
  options: ResnetOptions,
): Tensor => {
  const perRow = linear(time_emb_proj, emb);
  if (!options.scaleShift) return normSilu(norm2, ops.add(h, overPixels(ops.add(perRow, conv1.bias))), options);
  const [scale, shift] = ops.split(overPixels(perRow), 2, 3) as [Tensor, Tensor];
  return silu(ops.add(ops.mul(norm(norm2, ops.add(h, conv1.bias), options), ops.add(scale, 1)), shift));
};

/** `emb` is silu(emb). Biases are added up before they are spread over the pixels: each spreading is a pass over memory. */
export const resnet = (params: ResnetTree<Tensor>, x: Tensor, emb: Tensor, options: ResnetOptions): Tensor => {
  const { norm1, conv1, conv2, conv_shortcut } = params;
  const { scale = 1, resize } = options;
  const resized = resize === undefined ? (y: Tensor) => y : resizers[resize];
  const h = conv(conv1.weight, resized(normSilu(norm1, x, options)));
  const y = conv(conv2.weight, conditioned(params, h, emb, options));
  const straight = resized(x);
  const sum =
    conv_shortcut === undefined
      ? ops.add(ops.add(y, straight), conv2.bias)
      : ops.add(ops.add(y, conv(conv_shortcut.weight, straight)), ops.add(conv2.bias, conv_shortcut.bias));
  return scale === 1 ? sum : ops.div(sum, scale);
};
