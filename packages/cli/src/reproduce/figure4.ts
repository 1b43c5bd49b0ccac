import { draw } from "../draw.ts";
import { gaussianLatents } from "../latents.ts";
import { machineName } from "../machine.ts";
import { plan } from "../plan.ts";
import type { Results } from "./results.ts";
import type { Setting } from "./setting.ts";
import { straightLine } from "./straight-line.ts";

/** Evaluations of Figure 4. */
export const figure4Evaluations = ({ timedSteps, timedBatch, repetitions }: Setting["budget"]): number =>
  timedSteps.reduce((sum, S) => sum + S * timedBatch * repetitions, 0);

/** Times DDIM at different S. The repetitions take turns, so that a busy minute does not hit one S alone. */
export const figure4 = async (setting: Setting): Promise<Results["figure4"]> => {
  const { trained, budget, keys, tracker, signal } = setting;
  const { timedBatch: batch, repetitions } = budget;
  const steps = budget.timedSteps.filter((S) => S <= trained.schedule.T);
  const best = new Map<number, number>();
  for (let repetition = 0; repetition < repetitions; repetition++)
    for (const S of steps) {
      tracker.title(`time at S = ${S}`);
      const begun = performance.now();
      await draw({
        trained,
        table: plan(trained.schedule, { sampler: "ddim", steps: S, tau: setting.manifest.tau }),
        start: gaussianLatents(keys.latents, trained.config.shape),
        n: batch,
        key: keys.noise,
        batch,
        labels: undefined,
        signal,
      });
      tracker.add(S * batch);
      best.set(S, Math.min(best.get(S) ?? Infinity, (performance.now() - begun) / 1000));
    }
  const points = steps.map((S) => ({ S, seconds: best.get(S)! }));
  return {
    machine: machineName(),
    batch,
    points,
    fit: straightLine(points.map(({ S, seconds }) => [S, seconds])),
  };
};
