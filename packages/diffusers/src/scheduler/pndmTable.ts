import type { Row, Table } from "@nonmarkov/samplers";
import type { Schedule } from "@nonmarkov/schedule";

/** One evaluation of diffusers' PNDM: from a level of its own to another, with outputs weighted newest first. */
export type PndmStage = {
  /** The timestep at which the network is evaluated, as an index 1..T. */
  readonly time: number;
  /** Where the stage's move starts, from the state that the stage before began with if `again`. */
  readonly from: number;
  /** Where it ends. */
  readonly to: number;
  /** Whether it starts where the stage before started, in place of where that ended. */
  readonly again: boolean;
  /** The weights of this output, the one before, ...; they add up to 1. */
  readonly weights: readonly number[];
};

/**
 * diffusers' PNDM with all its ways as rows: each stage moves from its starting state along the weighted outputs. The state
 * that a stage starts from is linear in the present one. The outputs are mixed as they are, so that with v the mean is
 * turned into eps with the level and state of the move's start: the table is to be run with prediction "eps" for either.
 */
export const pndmTable = (
  { alphaBar }: Schedule,
  stages: readonly PndmStage[],
  prediction: "epsilon" | "v_prediction",
): Table => {
  /** The stage's starting state as x·(the present state) + Σ outputs[j]·output_j, newest first. */
  let origin: { readonly x: number; readonly outputs: readonly number[] } = { x: 1, outputs: [] };
  const rows = stages.map(({ time, from, to, again, weights }): Row => {
    if (!again) origin = { x: 1, outputs: [] };
    const abT = alphaBar[from]!;
    const abS = alphaBar[to]!;
    const noise = Math.sqrt(1 - abT);
    // x_s = √(abS/abT)·x_t - slope·eps, formula (9) of the paper
    const slope = (abS - abT) / (abT * Math.sqrt(1 - abS) + Math.sqrt(abT * (1 - abT) * abS));
    const [ofX, ofMean] = prediction === "epsilon" ? [0, 1] : [noise, Math.sqrt(abT)];
    const x = Math.sqrt(abS / abT) - slope * ofX;
    const outputs = weights.map((weight) => -slope * ofMean * weight);
    const present = [0, ...origin.outputs];
    const eps = Array.from(
      { length: Math.max(outputs.length, present.length) },
      (_, j) => x * (present[j] ?? 0) + (outputs[j] ?? 0),
    );
    const row: Row = {
      t: time,
      s: to,
      time,
      alphaBarT: alphaBar[time]!,
      alphaBarS: abS,
      x: x * origin.x,
      x0: [],
      eps,
      sigma: 0,
    };
    origin = { x: 1 / x, outputs: outputs.map((output) => -output / x) };
    return row;
  });
  return { name: "pndm as in diffusers", rows };
};
