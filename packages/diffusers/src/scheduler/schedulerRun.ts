import { clipTensor, dynamicThresholdTensor, ops, own, tensorHalves, type Tensor } from "@nonmarkov/autodiff";
import { learnedVariance, type MapNoise, type MapX0, type Run } from "@nonmarkov/samplers";
import type { SchedulerPlan } from "./planScheduler.ts";
import type { X0Change } from "./x0Change.ts";

/** The part of a run of tensors that a plan decides; spread it into a run of `sample` or `trajectory`. */
export type SchedulerRun = Pick<Run<Tensor>, "table" | "prediction" | "mapX0" | "read" | "mapNoise">;

const mapOf = (change: X0Change): MapX0<Tensor> =>
  change.kind === "clip" ? clipTensor(change.limit) : dynamicThresholdTensor({ ratio: change.ratio, max: change.max });

/** Noise by a variance that is the second half of the channels as it is: √variance·z. */
const byVariance: MapNoise<Tensor> = (z, _, raw) =>
  own(() => ops.mul(z, ops.sqrt(ops.split(raw, 2, raw.rank - 1)[1]!)));

const varianceOf = (variance: SchedulerPlan["variance"]): Pick<SchedulerRun, "read" | "mapNoise"> => {
  if (variance === null) return {};
  if (variance === "learned_range") return learnedVariance({ kind: "range", halves: tensorHalves });
  const { read } = tensorHalves;
  return variance === "learned" ? { read, mapNoise: byVariance } : { read };
};

/**
 * What a run of tensors [batch, ...dims, channels] takes from a plan: the table, what the network predicts, and the functions
 * for clipping or thresholding and for a learned variance, whose channels come after those of the prediction.
 */
export const schedulerRun = ({ table, prediction, changeX0, variance }: SchedulerPlan): SchedulerRun => ({
  table,
  prediction,
  ...(changeX0 !== null && { mapX0: mapOf(changeX0) }),
  ...varianceOf(variance),
});
