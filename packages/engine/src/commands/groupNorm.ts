import type { Shape } from "../graph/graph.ts";
import { type Lowering, float, input, opcodes, output, temporary } from "./lowering.ts";

/** Settings of a group normalisation. */
export type GroupNormSettings = {
  /** Number of groups. */
  readonly groups: number;
  /** Added to the variance. */
  readonly eps: number;
  /** Whether SiLU follows. */
  readonly silu: boolean;
};

const sizes = (x: Shape) => {
  const [batch, channels] = [x[0]!, x.at(-1)!];
  return { batch, channels, places: x.slice(1, -1).reduce((a, b) => a * b, 1) };
};

/** Groups of a task: whole cache lines of channels, and tasks for all threads. */
const together = (batch: number, channels: number, groups: number): number => {
  const size = channels / groups;
  const wanted = batch >= 8 ? 64 : 32;
  return Math.max(1, Math.min(groups, Math.ceil(wanted / size)));
};

/** y, and per group the mean and the inverse deviation, of inputs x (0), gamma (1) and beta (2). */
export const groupNorm = (x: Shape, { groups, eps, silu }: GroupNormSettings): Lowering => {
  const { batch, channels, places } = sizes(x);
  const perGroup = { shape: [batch, groups], dtype: "float32" as const };
  return {
    outputs: [{ shape: x, dtype: "float32" }, perGroup, perGroup],
    temporaries: [],
    blocks: [],
    commands: [
      {
        opcode: opcodes.groupNorm,
        words: [
          ...[input(0), input(1), input(2), output(0), output(1), output(2), batch, places, channels, groups],
          ...[together(batch, channels, groups), float(eps), silu ? 1 : 0],
        ],
      },
    ],
    inPlace: [[0, 0]],
  };
};

/** dx, dgamma and dbeta of inputs dy (0), x (1), gamma (2), beta (3), mean (4) and inverse deviation (5). */
export const groupNormGradient = (x: Shape, { groups, silu }: GroupNormSettings): Lowering => {
  const { batch, channels, places } = sizes(x);
  const perChannel = { shape: [channels], dtype: "float32" as const };
  const sum = (from: number) => ({
    opcode: opcodes.reduce,
    words: [temporary(from), output(1 + from), 1, batch, channels, batch, 0, float(1)],
  });
  return {
    outputs: [{ shape: x, dtype: "float32" }, perChannel, perChannel],
    temporaries: [4 * batch * channels, 4 * batch * channels],
    blocks: [],
    commands: [
      {
        opcode: opcodes.groupNormGradient,
        words: [
          ...[0, 1, 2, 3, 4, 5].map((i) => input(i)),
          ...[output(0), temporary(0), temporary(1), batch, places, channels, groups],
          ...[together(batch, channels, groups), silu ? 1 : 0],
        ],
      },
      sum(0),
      sum(1),
    ],
    inPlace: [[0, 0]],
  };
};
