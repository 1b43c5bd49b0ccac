import { cosine, fromBetas, linear } from "@nonmarkov/schedule";
import { noisedExamples } from "@nonmarkov/train";
import { expect, test } from "vitest";
import { golden } from "../../../test/golden.ts";

type Array_ = { readonly shape: readonly number[]; readonly data: readonly number[] };
type Case = {
  readonly name: string;
  readonly kind: string;
  readonly betas: { readonly schedule: string; readonly T?: number; readonly betas?: readonly number[] };
  readonly model_mean_type?: string;
  readonly t: readonly number[];
  readonly x_start: Array_;
  readonly noise: Array_;
  readonly x_t: Array_;
  readonly model_output?: Array_;
  readonly training_losses?: { readonly MSE: { readonly mse: readonly number[] } };
};

const reference = golden("posterior_and_losses.json");

const scheduleOf = ({ schedule, T, betas }: Case["betas"]) =>
  schedule === "explicit" ? fromBetas(betas!) : schedule === "linear" ? linear({ T: T! }) : cosine({ T: T! });

/** Learned variances and the prediction of x_{t-1} are not features of this package. */
const predictionOf: Record<string, "eps" | "x0"> = { EPSILON: "eps", START_X: "x0" };

const casesOf = (kind: string): readonly Case[] =>
  reference.load<{ cases: Case[] }>().cases.filter((entry) => entry.kind === kind);

test.skipIf(reference.missing !== "")(`golden x_t of the forward marginals${reference.missing}`, () => {
  for (const { betas, t, x_start, noise, x_t } of [...casesOf("q"), ...casesOf("vb")]) {
    const { xt } = noisedExamples(scheduleOf(betas), { x0: x_start.data, eps: noise.data, t: t.map((i) => i + 1) });
    xt.forEach((value, i) => expect(Math.abs(value - x_t.data[i]!)).toBeLessThan(3e-7 * Math.max(1, Math.abs(value))));
  }
});

test.skipIf(reference.missing !== "")(`golden mean squared errors of L_simple${reference.missing}`, () => {
  const cases = casesOf("vb").filter(
    ({ model_mean_type, x_start, model_output }) =>
      model_mean_type! in predictionOf && model_output!.shape.join() === x_start.shape.join(),
  );
  expect(cases.length).toBeGreaterThanOrEqual(5);
  for (const { betas, model_mean_type, t, x_start, noise, model_output, training_losses } of cases) {
    const { target } = noisedExamples(scheduleOf(betas), {
      x0: x_start.data,
      eps: noise.data,
      t: t.map((i) => i + 1),
      prediction: predictionOf[model_mean_type!]!,
    });
    const width = target.length / t.length;
    training_losses!.MSE.mse.forEach((want, row) => {
      const errors = target.slice(row * width, (row + 1) * width);
      const got =
        errors.reduce((sum, value, i) => sum + (value - model_output!.data[row * width + i]!) ** 2, 0) / width;
      expect(Math.abs(got - want)).toBeLessThan(1e-6 * Math.max(1, want));
    });
  }
});
