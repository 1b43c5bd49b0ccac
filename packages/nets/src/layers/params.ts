/** Weights of a linear map, as `x · weight + bias`. */
export type Linear<Leaf> = {
  /** Shape [inputs, outputs]; PyTorch keeps the transpose. */
  readonly weight: Leaf;
  /** [outputs] */
  readonly bias: Leaf;
};

/** Weights of a 2-D convolution. */
export type Conv<Leaf> = {
  /** [height, width, inputs, outputs] (HWIO; PyTorch's is OIHW). */
  readonly weight: Leaf;
  /** [outputs] */
  readonly bias: Leaf;
};

/** The affine part of a normalisation. */
export type Norm<Leaf> = {
  /** [channels], multiplies the normalised values. */
  readonly weight: Leaf;
  /** [channels], is added to them. */
  readonly bias: Leaf;
};

/** Two linear layers with a SiLU between them, from a sinusoidal embedding of t to what the blocks are given. */
export type TimeEmbedding<Leaf> = {
  /** [frequencies, width] */
  readonly linear_1: Linear<Leaf>;
  /** [width, width] */
  readonly linear_2: Linear<Leaf>;
};

/** One learned vector per class. */
export type Embedding<Leaf> = {
  /** [classes, width] */
  readonly weight: Leaf;
};
