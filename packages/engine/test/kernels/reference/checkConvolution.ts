import { drawn, type Numbers } from "./numbers.ts";
import { geometryOf, kernels, type Settings } from "./convolution.ts";
import type { Exact } from "./matMul.ts";
import { commandsOf, runOne } from "./run.ts";

/** A convolution: shapes of the input and the filter, and settings. */
export type Convolution = {
  readonly x: readonly number[];
  readonly filter: readonly number[];
  readonly settings: Settings;
};

/** What a kernel of a convolution computes, what it should, and the machine's commands that it is made of. */
export type Outcome = {
  readonly got: Numbers;
  readonly want: Exact;
  readonly commands: readonly string[];
};

/** Runs one of the three kernels of a convolution on drawn numbers. */
export const outcomeOf = (name: keyof typeof kernels, { x, filter, settings }: Convolution): Outcome => {
  const g = geometryOf(x, filter, settings);
  const [image, taps, dy] = [drawn(x, 1), drawn(filter, 2), drawn([g.batch, g.oh, g.ow, g.co], 3)];
  const { inputs, attrs, exact } = kernels[name];
  const given = inputs(image, taps, dy);
  const all = { dilations: 1, ...settings, dataFormat: "NHWC", dimRoundingMode: "floor", ...attrs(x, filter) };
  return {
    got: runOne(name, given, all),
    want: exact(g, image, taps, dy),
    commands: commandsOf(name, Object.values(given).map(({ shape }) => shape), all) ?? [], // prettier-ignore
  };
};

/** Whether some place is computed at all. */
export const hasPlaces = ({ x, filter, settings }: Convolution): boolean => {
  const { oh, ow } = geometryOf(x, filter, settings);
  return oh > 0 && ow > 0;
};
