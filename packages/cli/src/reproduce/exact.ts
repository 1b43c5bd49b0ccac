import { cloudEvaluations, exactCloud } from "./exact-cloud.ts";
import { exactGaussian } from "./exact-gaussian.ts";
import { exactMixture, mixtureEvaluations } from "./exact-mixture.ts";
import type { Results } from "./results.ts";
import type { Setting } from "./setting.ts";

/** The work of the part, in evaluations of the network. */
export const exactEvaluations = (dir: string, budget: Setting["budget"]): number =>
  mixtureEvaluations(budget) + cloudEvaluations(dir, budget);

/** The samplers' own errors, without any network. */
export const exact = async (setting: Setting): Promise<Results["exact"]> => ({
  gaussian: exactGaussian(setting.trained.schedule, setting.budget.gaussianSteps),
  mixture: await exactMixture(setting),
  cloud: await exactCloud(setting),
});
