import { ops, type Tensor, type Tree } from "@nonmarkov/autodiff";
import { explain, type Explanation } from "@nonmarkov/engine";
import { labelTensor } from "@nonmarkov/nets";
import { labelsFor } from "../labels.ts";
import { gaussianLatents } from "../latents.ts";
import { samplingKeys } from "../sampling-keys.ts";
import type { Trained } from "../trained.ts";

/** What one evaluation of a network consists of, and for how many samples it was made. */
export type ExplainedEvaluation = Explanation & { readonly batch: number };

/**
 * Takes one evaluation of a run's network apart: the one that sampling begins with, at x_T of so many samples.
 * @throws BackendUnavailableError if the backend records nothing
 */
export const explainEvaluation = async (
  { net, params, config, schedule }: Trained,
  batch: number,
): Promise<ExplainedEvaluation> => {
  const label = labelsFor(config, undefined);
  const classes =
    label &&
    labelTensor(
      Array.from({ length: batch }, (_, i) => label(i)),
      config.net.classes,
    );
  const xT = gaussianLatents(samplingKeys(0).latents, config.shape)(0, batch);
  const t = ops.fill([1], schedule.T);
  const evaluate = (p: Tree, x: Tensor, at: Tensor, labels: Tensor | undefined): Tensor => net.apply(p, x, at, labels);
  try {
    return { batch, ...(await explain(evaluate, params, xT, t, classes)) };
  } finally {
    for (const tensor of [xT, t, classes]) tensor?.dispose();
  }
};
