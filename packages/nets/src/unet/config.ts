import { checkInteger } from "../checks.ts";

/** A U-Net as plain data, to be kept in a JSON file. What is left out has the default named. */
export type UnetConfig = {
  /** Rows of the image. */
  readonly height: number;
  /** Columns of the image. */
  readonly width: number;
  /** Channels of the image. */
  readonly channels: number;
  /** What `mults` are multiples of; 32. */
  readonly base?: number;
  /**
   * Channels of each level as multiples of `base`, from the largest resolution to the smallest; [1, 2]. The first level's
   * channels are also the number of sines and cosines that t is embedded in, and a quarter of the embedding's width.
   */
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

/** One resolution. */
export type Level = {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly attention: boolean;
};

/** A checked configuration with all defaults, and what follows from it. */
export type ResolvedUnet = Required<UnetConfig> & {
  /** From the largest resolution to the smallest. */
  readonly levels: readonly Level[];
  /** Channels of the image after patching. */
  readonly patchChannels: number;
};

const defaults = {
  base: 32,
  mults: [1, 2],
  blocks: 1,
  attention: [],
  midAttention: true,
  heads: 1,
  groups: 8,
  normEps: 1e-6,
  classes: 0,
  patch: 1,
};

const least = { height: 1, width: 1, channels: 1, base: 1, blocks: 1, heads: 1, groups: 1, classes: 0, patch: 1 };

const where = "unet";

/** The levels, checked one by one. */
const levelsOf = (config: Required<UnetConfig>): readonly Level[] => {
  const { height, width, base, mults, attention, patch, groups, heads, midAttention } = config;
  if (mults.length === 0) throw new RangeError(`${where}: mults must name at least one level, got none`);
  const factor = patch * 2 ** (mults.length - 1);
  for (const [name, size] of [["height", height] as const, ["width", width] as const])
    if (size % factor !== 0)
      throw new RangeError(
        `${where}: ${name} must be divisible by ${factor} (patch ${patch}, halved ${mults.length - 1} times), got ${size}; ` +
          `take fewer mults, or pad or crop the images`,
      );
  const heights = mults.map((_, i) => height / patch / 2 ** i);
  const nowhere = attention.find((h) => !heights.includes(h));
  if (nowhere !== undefined)
    throw new RangeError(
      `${where}: attention must name heights of features that occur, ${heights.join(", ")}, got ${nowhere}`,
    );
  return mults.map((mult, i) => {
    const channels = base * mult;
    if (!(Number.isSafeInteger(channels) && channels >= 2))
      throw new RangeError(`${where}: base * mults[${i}] must be an integer >= 2, got ${base} * ${mult}`);
    if (channels % groups !== 0)
      throw new RangeError(`${where}: groups must divide the channels of every level, got ${groups} for ${channels}`);
    const attends = attention.includes(heights[i]!);
    if ((attends || (midAttention && i === mults.length - 1)) && channels % heads !== 0)
      throw new RangeError(
        `${where}: heads must divide the channels where there is attention, got ${heads} for ${channels}`,
      );
    return { height: heights[i]!, width: width / patch / 2 ** i, channels, attention: attends };
  });
};

/** Fills in the defaults and checks. */
export const resolveUnet = (config: UnetConfig): ResolvedUnet => {
  const full = { ...defaults, ...config };
  for (const name of Object.keys(least) as (keyof typeof least)[]) checkInteger(where, name, full[name], least[name]);
  if (!(full.normEps > 0 && full.normEps < Infinity))
    throw new RangeError(`${where}: normEps must be positive and finite, got ${full.normEps}`);
  return { ...full, levels: levelsOf(full), patchChannels: full.channels * full.patch ** 2 };
};
