/** A U-Net as plain data, to be kept in a JSON file. What is left out has the default named. */
export type UnetConfig = {
  /** Rows of the image. */
  readonly height: number;
  /** Columns of the image. */
  readonly width: number;
  /** Channels of the image. */
  readonly channels: number;
  /** Channels of the first level; 32. */
  readonly base?: number;
  /** Channels of each level as multiples of `base`, from the largest resolution to the smallest; [1, 2]. */
  readonly mults?: readonly number[];
  /** Residual blocks per level on the way down (one more on the way up); 1. */
  readonly blocks?: number;
  /** The levels with attention, named by the height of their features (after patching); none. */
  readonly attention?: readonly number[];
  /** Attention in the middle, as in the original; true. */
  readonly midAttention?: boolean;
  /** Attention heads, dividing the channels wherever there is attention; 1. */
  readonly heads?: number;
  /** Groups of the group normalisations, dividing the channels everywhere; 8. */
  readonly groups?: number;
  /** Added to the variance by the group normalisations; 1e-6. */
  readonly normEps?: number;
  /** Number of classes; 0 for none. */
  readonly classes?: number;
  /** The network works on patches of patch x patch pixels as channels, at a fraction of the cost; 1. */
  readonly patch?: number;
};
