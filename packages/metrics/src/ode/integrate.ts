import type { Tableau } from "./tableau.ts";

/** How fast rows move, and how fast the logs of their densities change along with them. */
export type Rates = {
  /** As many numbers as x. */
  readonly x: Float64Array;
  /** As many numbers at every call. */
  readonly logs: Float64Array;
};

/** start + sum_j step shares[j] rates[j]. */
const moved = (
  start: Float64Array,
  step: number,
  shares: readonly number[],
  rates: readonly Float64Array[],
): Float64Array => start.map((value, i) => shares.reduce((sum, share, j) => sum + step * share * rates[j]![i]!, value));

/**
 * Follows an ODE along a grid of times by an explicit Runge-Kutta method.
 * @returns x at the last time, and the integrals of the logs' rates
 */
export const integrate = async (
  { stages, nodes, weights }: Tableau,
  rate: (x: Float64Array, time: number) => Promise<Rates>,
  start: Float64Array,
  grid: readonly number[],
): Promise<Rates> => {
  let x = start;
  let logs: Float64Array | undefined;
  for (const [i, time] of grid.slice(0, -1).entries()) {
    const step = grid[i + 1]! - time;
    const rates: Rates[] = [];
    for (const [j, shares] of stages.entries()) {
      const at = moved(
        x,
        step,
        shares,
        rates.map((made) => made.x),
      );
      rates.push(await rate(at, time + step * nodes[j]!));
    }
    x = moved(
      x,
      step,
      weights,
      rates.map((made) => made.x),
    );
    logs = moved(
      logs ?? new Float64Array(rates[0]!.logs.length),
      step,
      weights,
      rates.map((made) => made.logs),
    );
  }
  return { x, logs: logs! };
};
