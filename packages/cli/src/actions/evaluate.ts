import { fullCandidates, candidates } from "../candidates.ts";
import type { EvaluateOptions } from "../commands/evaluate.ts";
import { comparison } from "../compare.ts";
import { openDataset } from "../dataset.ts";
import { UsageError } from "../errors.ts";
import type { Measurement } from "../evaluation.ts";
import { labelsFor } from "../labels.ts";
import { gaussianLatents } from "../latents.ts";
import { measure } from "../measure.ts";
import type { Output } from "../output.ts";
import { evaluationMarkdown } from "../report/evaluation-markdown.ts";
import { samplingKeys } from "../sampling-keys.ts";
import { openRun } from "../trained.ts";
import { withTrained } from "../with-trained.ts";
import { refuseExisting, writeResult } from "../write-result.ts";

const checkOut = (path: string | undefined): void => {
  if (path !== undefined && !/\.(md|json)$/.test(path))
    throw new UsageError(`--out: the table is written as .md or .json, got "${path}"`);
};

/** `nonmarkov evaluate`. */
export const evaluate = async (dir: string, options: EvaluateOptions, out: Output): Promise<void> => {
  checkOut(options.out);
  refuseExisting(options.out, options.force);
  const run = await openRun(dir);
  const { config, schedule } = run;
  const chosen = [...candidates(schedule, options), ...(options.ddpm ? fullCandidates(schedule) : [])];
  const dataset = await openDataset(config.data, out);
  await withTrained(run, options, out, async (trained) => {
    const keys = samplingKeys(options.seed);
    const compared = comparison(dataset, keys.reference, options.n);
    const measurements: Measurement[] = [];
    for (const candidate of chosen) {
      const drawing = {
        trained,
        start: gaussianLatents(keys.latents, config.shape),
        n: options.n,
        key: keys.noise,
        batch: options.batch,
        labels: labelsFor(config, undefined),
        clipX0: candidate.sampler === "pf-euler" ? undefined : options.clipX0,
      };
      measurements.push((await measure(candidate, drawing, compared, out)).measurement);
    }
    const table = {
      run: dir,
      step: trained.step,
      data: dataset.name,
      n: options.n,
      floor: compared.floor,
      measurements,
    };
    const markdown = evaluationMarkdown(measurements, compared.floor);
    if (options.out !== undefined)
      await writeResult(options.out, `${options.out.endsWith(".md") ? markdown : JSON.stringify(table, null, 2)}\n`);
    out.say(markdown);
    out.result(table);
  });
};
