import { frechetInterval, kidInterval } from "@nonmarkov/metrics";
import { setImmediate } from "node:timers/promises";
import { cellFeatures, evaluationsLeft } from "./samples.ts";
import { type Cell, cells } from "./cell.ts";
import type { Manifest } from "./manifest.ts";
import type { Results } from "./results.ts";
import { firstImages, type Setting } from "./setting.ts";
import type { Budget } from "./budget.ts";
import type { Schedule } from "@nonmarkov/schedule";

/** Evaluations that Table 1 still needs. */
export const table1Evaluations = (
  dir: string,
  schedule: Schedule,
  { steps, n }: Budget,
  tau: Manifest["tau"],
): number => cells(schedule, steps, tau).reduce((sum, cell) => sum + evaluationsLeft(dir, cell, n), 0);

/** Draws every cell from the same latents, and measures it. */
export const table1 = async (setting: Setting): Promise<Results["table1"]> => {
  const { budget, reference, features, heldOut, trained, manifest, keys, out, signal } = setting;
  const measured: Results["table1"]["cells"][number][] = [];
  let singular = false;
  const measure = async (cell: Cell): Promise<void> => {
    const sample = await cellFeatures(setting, cell, budget.n);
    signal.throwIfAborted();
    await setImmediate();
    const frechet = frechetInterval(sample, reference.moments);
    singular ||= frechet.singular;
    const { S, id, label, eta } = cell;
    const { value, standardError, low, high } = frechet;
    measured.push({
      S,
      column: id,
      label,
      eta,
      frechet: { value, standardError, low, high },
      kid: kidInterval(sample, reference.some),
    });
  };
  for (const cell of cells(trained.schedule, budget.steps, manifest.tau)) await measure(cell);
  if (singular)
    out.note(
      `warning: ${budget.n} samples are too few for ${manifest.features.d} features: their covariance is singular or nearly so, ` +
        `and the Frechet distances are biased upwards; compare them with each other only, or take --n ${10 * manifest.features.d}`,
    );
  const n = heldOut.size;
  const data = await features.featuresOf(firstImages(heldOut, n, keys.reference));
  const unseen = { n, d: features.d, data };
  const { singular: _, ...frechet } = frechetInterval(unseen, reference.moments);
  return {
    cells: measured,
    heldOut: { n, frechet, kid: kidInterval(unseen, reference.some) },
    singular,
  };
};
