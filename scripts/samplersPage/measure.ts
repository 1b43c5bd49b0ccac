import { evaluationsOf, memoryOf, type SamplerInfo } from "@nonmarkov/samplers";
import { distanceToData, floor, pathOf, reference, run, schedule } from "./problem.ts";

/** What docs/samplers/results.json holds. */
export type Results = {
  /** Sliced Wasserstein distance of other points of the data: what a perfect sampler scores. */
  readonly floor: number;
  readonly samplers: readonly Measured[];
};
export type Measured = {
  readonly id: string;
  /** Evaluations of the network per move of the path, where there are many. */
  readonly perMove: number;
  /** Predictions of earlier evaluations that are remembered. */
  readonly memory: number;
  readonly points: readonly {
    readonly evaluations: number;
    /** Root mean square distance to where the ODE goes; null for samplers that draw noise. */
    readonly error: number | null;
    readonly distance: number;
  }[];
};

/** Numbers of levels that are tried. */
export const levels = [4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128];

const rms = (a: Float64Array, b: Float64Array): number =>
  Math.sqrt(a.reduce((sum, x, i) => sum + (x - b[i]!) ** 2, 0) / (a.length / 2));

/** Runs one sampler at S levels. */
export const measurePoint = async ({ planner, noise }: SamplerInfo, S: number, exact: Float64Array) => {
  const table = planner(schedule, pathOf(S));
  const x = await run(table);
  return { evaluations: evaluationsOf(table), error: noise ? null : rms(x, exact), distance: distanceToData(x) };
};

/** Runs every sampler at every number of levels that it can do. */
export const measure = async (samplers: readonly SamplerInfo[], say: (id: string) => void): Promise<Results> => {
  const exact = await reference();
  const measured: Measured[] = [];
  for (const info of samplers) {
    say(info.id);
    const many = info.planner(schedule, pathOf(60));
    const points: Measured["points"][number][] = [];
    for (const S of levels.filter((S) => S >= info.fewest)) points.push(await measurePoint(info, S, exact));
    measured.push({
      id: info.id,
      perMove: Math.round(evaluationsOf(many) / 60),
      memory: memoryOf(many),
      points: points.filter(({ evaluations }) => evaluations <= 200),
    });
  }
  return { floor: floor(), samplers: measured };
};
