import { gridFrom, type Path, resampled, type Table, tauFrom } from "@nonmarkov/samplers";
import { noiseToSignal, type Schedule } from "@nonmarkov/schedule";
import { pathOf, plannerOf, type PlanOptions, stopsOf } from "./plan.ts";
import { usage } from "./usage.ts";

/** Where an edit starts, and how its moves are repeated. */
export type EditPlanOptions = PlanOptions & {
  /** The index that the image is noised to. */
  readonly from: number;
  /** How often each block of moves is made. */
  readonly resample: number;
  /** How many moves make a block. */
  readonly jump: number;
};

const pathFrom = (schedule: Schedule, options: EditPlanOptions): Path => {
  const { from } = options;
  const stops = stopsOf(schedule, options);
  return "tau" in stops
    ? tauFrom(stops.tau, from)
    : pathOf(schedule, { sigmas: gridFrom(stops.sigmas, noiseToSignal(schedule.alphaBar[from]!)) });
};

/**
 * The moves from an index on: the stops that sampling would visit below it, then the index itself; repeated as RePaint does
 * where asked for.
 * @throws UsageError if the options are not possible with the schedule
 */
export const planEdit = (schedule: Schedule, options: EditPlanOptions): Table => {
  const { resample, jump } = options;
  const planner = plannerOf(options);
  return usage(() =>
    (resample > 1 ? resampled(planner, { jump, times: resample }) : planner)(schedule, pathFrom(schedule, options)),
  );
};
