import { checkInteger } from "../checks.ts";
import { classLabels, type Labels } from "../labels.ts";
import type { Padding } from "./resize.ts";

/** A U-Net as plain data, to be kept in a JSON file. What is left out has the default named. */
export type UnetConfig = {
  /** Rows of the image. */
  readonly height: number;
  /** Columns of the image. */
  readonly width: number;
  /** Channels of the image. */
  readonly channels: number;
  /** Channels of the result, such as twice as many where variances are learned too; `channels`. */
  readonly outputs?: number;
  /** What `mults` are multiples of; 32. */
  readonly base?: number;
  /**
   * Channels of each level as multiples of `base` (the channels themselves, where that is 1), from the largest resolution to
   * the smallest; [1, 2]. The first level's channels are also the number of sines and cosines that t is embedded in.
   */
  readonly mults?: readonly number[];
  /** Residual blocks per level on the way down (one more on the way up); 1. */
  readonly blocks?: number;
  /** The levels with attention, named by the height of their features (after patching); none. */
  readonly attention?: readonly number[];
  /** The levels with attention on the way up, where they differ; `attention`. */
  readonly attentionUp?: readonly number[];
  /** Attention in the middle, as in the original; true. */
  readonly midAttention?: boolean;
  /** Attention heads, dividing the channels wherever there is attention; 1. */
  readonly heads?: number;
  /** Channels of one attention head, which gives levels with more channels more heads: instead of `heads`. */
  readonly headWidth?: number;
  /** Groups of the group normalisations, dividing the channels everywhere; 8. */
  readonly groups?: number;
  /** Groups of the normalisation before the attention in the middle, 0 for none; `groups`. */
  readonly midGroups?: number;
  /** What the middle's residual blocks and attention divide their results by; 1. */
  readonly midScale?: number;
  /** Added to the variance by the group normalisations; 1e-6. */
  readonly normEps?: number;
  /** Whether the embedding scales and shifts what residual blocks have normalised, instead of being added before; false. */
  readonly scaleShift?: boolean;
  /** Width of the embedding of t; four times the first level's channels. */
  readonly embedding?: number;
  /** Whether t is embedded in cosines first, then sines; false. */
  readonly cosFirst?: boolean;
  /** What is taken from the number of frequencies of t in their exponents: they end at 1/10000 with 1, before it with 0; 1. */
  readonly frequencyShift?: number;
  /** Where the convolutions that halve add zeros: below and on the right ("end"), or on all sides ("both"); "end". */
  readonly downPadding?: Padding;
  /** The levels, named by height, that are halved by a residual block which averages, instead of a convolution; none. */
  readonly resnetDown?: readonly number[];
  /** The levels, named by height, that are doubled by a residual block which repeats, instead of a convolution; none. */
  readonly resnetUp?: readonly number[];
  /** Whether x is in 0..1 and is first mapped to -1..1; false. */
  readonly centred?: boolean;
  /** Number of classes; 0 for none. */
  readonly classes?: number;
  /**
   * Labels instead of classes: "number" for float32 [batch], embedded in the way that t is, "vector" for
   * float32 [batch, embedding], added to the embedding of t as they are; none.
   */
  readonly labels?: "number" | "vector";
  /** The network works on patches of patch x patch pixels as channels, at a fraction of the cost; 1. */
  readonly patch?: number;
};

/** What one resolution has on the way down, or up. */
export type Way = {
  /** Whether attention follows each residual block. */
  readonly attention: boolean;
  /** Whether a residual block changes the resolution. */
  readonly resnet: boolean;
};

/** One resolution. */
export type Level = {
  /** Rows of the features. */
  readonly height: number;
  /** Columns of the features. */
  readonly width: number;
  /** Channels of the features. */
  readonly channels: number;
  /** Of its attention; 1 where it has none. */
  readonly heads: number;
  /** On the way down. */
  readonly down: Way;
  /** On the way up. */
  readonly up: Way;
};

/** A checked configuration with all defaults, and what follows from it. */
export type ResolvedUnet = UnetConfig & Required<Omit<UnetConfig, "headWidth" | "labels">> & Derived;

/** A configuration with its defaults, but those that depend on the levels. */
type Full = UnetConfig & Required<Omit<UnetConfig, "headWidth" | "labels" | "embedding">>;

/** What follows from a configuration. */
export type Derived = {
  /** From the largest resolution to the smallest. */
  readonly levels: readonly Level[];
  /** Channels of the image after patching. */
  readonly patchChannels: number;
  /** Channels of the result before the patches are undone. */
  readonly patchOutputs: number;
  /** The labels it takes. */
  readonly takes: Labels;
};

const defaults = {
  base: 32,
  mults: [1, 2],
  blocks: 1,
  attention: [],
  midAttention: true,
  heads: 1,
  groups: 8,
  midScale: 1,
  normEps: 1e-6,
  scaleShift: false,
  cosFirst: false,
  frequencyShift: 1,
  downPadding: "end",
  resnetDown: [],
  resnetUp: [],
  centred: false,
  classes: 0,
  patch: 1,
} as const;

const least = {
  ...{ height: 1, width: 1, channels: 1, outputs: 1, base: 1, blocks: 1, heads: 1, headWidth: 1 },
  ...{ groups: 1, midGroups: 0, embedding: 1, classes: 0, patch: 1 },
};

const where = "unet";

const checkPositive = (name: string, value: number): void => {
  if (!(value > 0 && value < Infinity))
    throw new RangeError(`${where}: ${name} must be positive and finite, got ${value}`);
};

/** Heights of the levels' features; the smallest is made by halving without rest. */
const heightsOf = ({ height, width, mults, patch }: Full): readonly number[] => {
  if (mults.length === 0) throw new RangeError(`${where}: mults must name at least one level, got none`);
  const factor = patch * 2 ** (mults.length - 1);
  for (const [name, size] of [["height", height] as const, ["width", width] as const])
    if (size % factor !== 0)
      throw new RangeError(
        `${where}: ${name} must be divisible by ${factor} (patch ${patch}, halved ${mults.length - 1} times), got ${size}; ` +
          `take fewer mults, or pad or crop the images`,
      );
  return mults.map((_, i) => height / patch / 2 ** i);
};

const checkHeights = (config: Full, heights: readonly number[]): void => {
  const changing = heights.slice(0, -1);
  const grown = heights.slice(1);
  for (const [name, wanted, known] of [
    ["attention", config.attention, heights],
    ["attentionUp", config.attentionUp, heights],
    ["resnetDown", config.resnetDown, changing],
    ["resnetUp", config.resnetUp, grown],
  ] as const) {
    const nowhere = wanted.find((h) => !known.includes(h));
    if (nowhere !== undefined)
      throw new RangeError(
        `${where}: ${name} must name heights of features that occur, ${known.join(", ") || "none"}, got ${nowhere}`,
      );
  }
};

const channelsOf = ({ base, mults, groups }: Full): readonly number[] =>
  mults.map((mult, i) => {
    const channels = base * mult;
    if (!(Number.isSafeInteger(channels) && channels >= 2))
      throw new RangeError(`${where}: base * mults[${i}] must be an integer >= 2, got ${base} * ${mult}`);
    if (channels % groups !== 0)
      throw new RangeError(`${where}: groups must divide the channels of every level, got ${groups} for ${channels}`);
    return channels;
  });

const headsOf = ({ heads, headWidth }: Full, channels: number): number => {
  const [name, divisor] = headWidth === undefined ? ["heads", heads] : ["headWidth", headWidth];
  if (channels % divisor !== 0)
    throw new RangeError(
      `${where}: ${name} must divide the channels where there is attention, got ${divisor} for ${channels}`,
    );
  return headWidth === undefined ? heads : channels / headWidth;
};

/** The levels, checked one by one. */
const levelsOf = (config: Full): readonly Level[] => {
  const { width, patch, attention, attentionUp, resnetDown, resnetUp, midAttention } = config;
  const heights = heightsOf(config);
  checkHeights(config, heights);
  return channelsOf(config).map((channels, i) => {
    const height = heights[i]!;
    const down = { attention: attention.includes(height), resnet: resnetDown.includes(height) };
    const up = { attention: attentionUp.includes(height), resnet: resnetUp.includes(height) };
    const attends = down.attention || up.attention || (midAttention && i === heights.length - 1);
    const heads = attends ? headsOf(config, channels) : 1;
    return { height, width: width / patch / 2 ** i, channels, heads, down, up };
  });
};

/** What depends on the levels. */
const checkWithLevels = ({ midAttention, midGroups, frequencyShift }: Full, levels: readonly Level[]): void => {
  const smallest = levels.at(-1)!.channels;
  if (midAttention && midGroups > 0 && smallest % midGroups !== 0)
    throw new RangeError(`${where}: midGroups must divide the last level's channels, got ${midGroups} for ${smallest}`);
  const half = Math.floor(levels[0]!.channels / 2);
  if (!(frequencyShift > -Infinity && (frequencyShift < half || half === 1)))
    throw new RangeError(
      `${where}: frequencyShift must be below the number of frequencies, half of the first level's channels, ` +
        `got ${frequencyShift} for ${half}`,
    );
};

const checkChoices = ({ heads, headWidth, classes, labels, downPadding }: Full): void => {
  if (headWidth !== undefined && heads !== 1)
    throw new RangeError(`${where}: heads and headWidth exclude each other, got ${heads} and ${headWidth}`);
  if (labels !== undefined && labels !== "number" && labels !== "vector")
    throw new RangeError(`${where}: labels must be "number" or "vector", got ${JSON.stringify(labels)}`);
  if (labels !== undefined && classes > 0)
    throw new RangeError(`${where}: classes and labels exclude each other, got ${classes} and "${labels}"`);
  if (downPadding !== "end" && downPadding !== "both")
    throw new RangeError(`${where}: downPadding must be "end" or "both", got ${JSON.stringify(downPadding)}`);
};

const labelsOf = ({ classes, labels }: Full, width: number): Labels => {
  if (labels === undefined) return classLabels(classes);
  return labels === "number" ? { kind: "number" } : { kind: "vector", width };
};

/**
 * Fills in the defaults and checks.
 * @throws RangeError where the configuration does not fit together
 */
export const resolveUnet = (config: UnetConfig): ResolvedUnet => {
  const some = { ...defaults, ...config };
  const { outputs = some.channels, attentionUp = some.attention, midGroups = some.groups } = some;
  const full: Full = { ...some, outputs, attentionUp, midGroups };
  for (const [name, minimum] of Object.entries(least) as [keyof typeof least, number][])
    if (full[name] !== undefined) checkInteger(where, name, full[name], minimum);
  checkPositive("normEps", full.normEps);
  checkPositive("midScale", full.midScale);
  checkChoices(full);
  const levels = levelsOf(full);
  checkWithLevels(full, levels);
  const { embedding = 4 * levels[0]!.channels, channels, patch } = full;
  return {
    ...{ ...full, embedding, levels },
    ...{ patchChannels: channels * patch ** 2, patchOutputs: outputs * patch ** 2 },
    takes: labelsOf(full, embedding),
  };
};
