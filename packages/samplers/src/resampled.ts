import { moves } from "./moves.ts";
import { noiseRow } from "./noiseRow.ts";
import type { Planner } from "./table.ts";
import { towardsData } from "./towardsData.ts";

/** How {@link resampled} goes back and forth. */
export type ResampledOptions = {
  /** How many moves are repeated together, an integer >= 1. */
  readonly jump: number;
  /** How often each such block of moves is made, an integer >= 1; 1 goes straight down. */
  readonly times: number;
};

/**
 * The resampling of RePaint, arXiv 2201.09865: after every `jump` moves noise leads back up to where they began
 * ({@link noiseRow}), and they are made again, `times` times in all. It lets what is put into the samples from outside, such
 * as the known part of an image, take effect on the rest. Blocks are counted from the start of the path; the one that
 * reaches clean data, and one that the path cuts short, are made once.
 *
 * The planner plans each block as a path of its own: multistep methods begin anew in each, and what a planner says of "all
 * moves", such as `edm` of churn, is meant of a block.
 * @throws RangeError if an option is not an integer >= 1, and, when planning, if a move goes to noise or the planner throws
 */
export const resampled = (planner: Planner, { jump, times }: ResampledOptions): Planner => {
  for (const [name, value] of Object.entries({ jump, times }))
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`resampled: ${name} must be an integer >= 1, got ${value}`);
  return (schedule, path) => {
    const all = towardsData("resampled", moves(schedule, path));
    const tables = Array.from({ length: Math.ceil(all.length / jump) }, (_, i) => {
      const block = all.slice(i * jump, (i + 1) * jump);
      const { name, rows } = planner(schedule, block);
      const { t: s, alphaBarT: alphaBarS } = block[0]!;
      const { s: t, alphaBarS: alphaBarT } = block.at(-1)!;
      if (block.length < jump || alphaBarT === 1 || alphaBarT === alphaBarS) return { name, rows };
      const again = [noiseRow({ t, s, alphaBarT, alphaBarS }), ...rows];
      return { name, rows: [...rows, ...Array.from({ length: times - 1 }, () => again).flat()] };
    });
    return {
      name: `resampled(${tables[0]!.name}, jump=${jump}, times=${times})`,
      rows: tables.flatMap(({ rows }) => rows),
    };
  };
};
