import type { Conv, Embedding, Linear, Norm, TimeEmbedding } from "../layers/params.ts";

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

/** Self-attention over the pixels: x + to_out(attention(to_q(y), to_k(y), to_v(y))), y = group_norm(x). */
export type AttentionTree<Leaf> = {
  /** Normalises the input. */
  readonly group_norm: Norm<Leaf>;
  /** Queries. */
  readonly to_q: Linear<Leaf>;
  /** Keys. */
  readonly to_k: Linear<Leaf>;
  /** Values. */
  readonly to_v: Linear<Leaf>;
  /** One linear layer, zero at the start (in a list, for that is how PyTorch's name has it: `to_out.0`). */
  readonly to_out: readonly [Linear<Leaf>];
};

/** A convolution that halves or doubles height and width. */
export type ResizeTree<Leaf> = {
  /** 3x3 */
  readonly conv: Conv<Leaf>;
};

/** One resolution on the way down. */
export type DownBlockTree<Leaf> = {
  /** The residual blocks. */
  readonly resnets: readonly ResnetTree<Leaf>[];
  /** One after every residual block, at the resolutions that have attention. */
  readonly attentions?: readonly AttentionTree<Leaf>[];
  /** Halves height and width, at all resolutions but the last. */
  readonly downsamplers?: readonly [ResizeTree<Leaf>];
};

/** The middle, at the smallest resolution. */
export type MidBlockTree<Leaf> = {
  /** One before the attention and one after it. */
  readonly resnets: readonly [ResnetTree<Leaf>, ResnetTree<Leaf>];
  /** The attention between them, unless it is switched off. */
  readonly attentions?: readonly [AttentionTree<Leaf>];
};

/** One resolution on the way up: one residual block more than on the way down, each fed a skip connection. */
export type UpBlockTree<Leaf> = {
  /** The residual blocks. */
  readonly resnets: readonly ResnetTree<Leaf>[];
  /** One after every residual block, at the resolutions that have attention. */
  readonly attentions?: readonly AttentionTree<Leaf>[];
  /** Doubles height and width, at all resolutions but the largest. */
  readonly upsamplers?: readonly [ResizeTree<Leaf>];
};

/**
 * Everything that the U-Net learns, under the names that diffusers' UNet2DModel has;
 * `Leaf` is `Tensor`, or `Parameter` for the plan of it.
 */
export type UnetTree<Leaf> = {
  /** 3x3, from the image's channels to the first width. */
  readonly conv_in: Conv<Leaf>;
  /** The embedding of t. */
  readonly time_embedding: TimeEmbedding<Leaf>;
  /** The embedding of the class, where there are classes. */
  readonly class_embedding?: Embedding<Leaf>;
  /** From the largest resolution to the smallest. */
  readonly down_blocks: readonly DownBlockTree<Leaf>[];
  /** The middle. */
  readonly mid_block: MidBlockTree<Leaf>;
  /** From the smallest resolution to the largest. */
  readonly up_blocks: readonly UpBlockTree<Leaf>[];
  /** Normalises before the last convolution. */
  readonly conv_norm_out: Norm<Leaf>;
  /** 3x3, back to the image's channels, zero at the start. */
  readonly conv_out: Conv<Leaf>;
};
