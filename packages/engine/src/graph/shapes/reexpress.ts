import type { Shape } from "../graph.ts";
import { refineShapes, withoutUnits } from "./refineShapes.ts";
import { sameShape } from "./sameShape.ts";

/** A shape with axes of length 1 in front, up to a rank. */
const ofRank = (shape: Shape, rank: number): Shape => [
  ...Array.from({ length: rank - shape.length }, () => 1),
  ...shape,
];

/** An axis, or several that lie side by side in memory, along which an input either moves or is repeated. */
type Run = {
  /** Places along it. */
  readonly length: number;
  /** True where the input has one number for all places. */
  readonly repeated: boolean;
};

/** How an input meets the places of an output that it broadcasts to, in as few runs as there can be. */
const runsOf = (input: Shape, output: Shape): readonly Run[] => {
  const lengths = ofRank(input, output.length);
  const runs: Run[] = [];
  output.forEach((length, axis) => {
    if (length === 1) return;
    const repeated = lengths[axis] === 1;
    const last = runs.at(-1);
    if (last?.repeated === repeated) runs[runs.length - 1] = { length: last.length * length, repeated };
    else runs.push({ length, repeated });
  });
  return runs;
};

/**
 * How finely an output's axes must be cut for an input to broadcast to them: [C] to [B, H, W, C] needs [BHW, C], and
 * an input of the output's size needs nothing.
 */
export const grainOf = (input: Shape, output: Shape): Shape => runsOf(input, output).map(({ length }) => length);

/**
 * The shape with which an input that broadcasts to `from` meets the same places of `to`, a shape of the same size; of the
 * rank of `to`. Undefined where there is no such shape: [3, 1] broadcast to [3, 4] has none to meet [12].
 */
export const reexpress = (input: Shape, from: Shape, to: Shape): Shape | undefined => {
  const runs = runsOf(input, from);
  const target = withoutUnits(to);
  const refined = refineShapes(
    runs.map(({ length }) => length),
    target,
  );
  if (refined === undefined || !sameShape(refined, target)) return undefined;
  const rest = runs.map((run) => ({ ...run }));
  return to.map((length) => {
    if (length === 1) return 1;
    const run = rest[0]!;
    run.length /= length;
    if (run.length === 1) rest.shift();
    return run.repeated ? 1 : length;
  });
};
