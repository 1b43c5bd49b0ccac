import { key } from "@nonmarkov/random";
import { clipX0, dynamicThreshold, type Denoiser, type MapX0, type Run } from "@nonmarkov/samplers";
import { expect } from "vitest";
import { array, batchOf, recordedSpace, type Tensor, type Tolerance } from "../../../samplers/test/golden/reference.ts";
import type { SchedulerPlan, X0Change } from "../../src/index.ts";

/** The functions on arrays that a plan describes. */
export const mapX0Of = (change: X0Change | null, rows: number): MapX0<Float64Array> | undefined => {
  if (change === null) return undefined;
  return change.kind === "clip"
    ? clipX0(change.limit)
    : dynamicThreshold({ ratio: change.ratio, max: change.max, rows });
};

/** Everything that a run of a plan needs, with the noise that was recorded. */
export const runOf = (
  plan: SchedulerPlan,
  start: Float64Array,
  rows: number,
  denoiser: Denoiser<Float64Array>,
  noises: readonly (Tensor | null)[],
): Run<Float64Array> => {
  const mapX0 = mapX0Of(plan.changeX0, rows);
  return {
    table: plan.table,
    prediction: plan.prediction,
    denoiser,
    xT: start,
    space: recordedSpace(rows, noises),
    key: key(0),
    ...(mapX0 && { mapX0 }),
  };
};

/** A denoiser that answers with what was recorded, call after call. */
export const recorded = (outputs: readonly Tensor[]): Denoiser<Float64Array> => {
  let call = 0;
  return () => array(outputs[call++]!);
};

/** Within abs + rel·max(1, max|want|), over the whole tensor. */
export const expectNear = (got: Float64Array, want: Float64Array, { abs, rel }: Tolerance): void => {
  expect(got.length).toBe(want.length);
  const bound = abs + rel * Math.max(1, ...want.map(Math.abs));
  const worst = Math.max(...got.map((value, i) => Math.abs(value - want[i]!)));
  expect(worst, "largest error, in units of the tolerance").not.toBeNaN();
  expect(worst / bound).toBeLessThanOrEqual(1);
};

export const scaled = (tensor: Tensor, factor: number): Float64Array => array(tensor).map((value) => value * factor);
export { array, batchOf };
