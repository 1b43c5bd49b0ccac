import type { SampleOptions } from "../commands/sample.ts";
import { drawWithProgress } from "../draw-with-progress.ts";
import { duration } from "../duration.ts";
import { labelsFor } from "../labels.ts";
import { gaussianLatents } from "../latents.ts";
import type { Output } from "../output.ts";
import { checkClip, plan } from "../plan.ts";
import { samplingKeys } from "../sampling-keys.ts";
import { openRun } from "../trained.ts";
import { withTrained } from "../with-trained.ts";
import { refuseExisting } from "../write-result.ts";
import { writeSamples } from "../write-samples.ts";

/** `nonmarkov sample`. */
export const sample = async (dir: string, options: SampleOptions, out: Output): Promise<void> => {
  checkClip(options);
  refuseExisting(options.out, options.force);
  refuseExisting(options.tensors, options.force);
  const run = await openRun(dir);
  const table = plan(run.schedule, options);
  await withTrained(run, options, out, async (trained) => {
    const labels = labelsFor(run.config, options.class);
    const keys = samplingKeys(options.seed);
    const { rows, seconds } = await drawWithProgress(
      {
        trained,
        table,
        start: gaussianLatents(keys.latents, run.config.shape),
        n: options.n,
        key: keys.noise,
        batch: options.batch,
        labels,
        clipX0: options.clipX0,
      },
      "sample",
      out,
    );
    await writeSamples(rows, options);
    const evaluations = table.rows.length;
    out.say(
      `${options.out}: ${options.n} samples by ${table.name}, ${evaluations} network evaluations, ${duration(seconds)}`,
    );
    out.result({
      out: options.out,
      ...(options.tensors === undefined ? {} : { tensors: options.tensors }),
      run: dir,
      step: trained.step,
      sampler: table.name,
      evaluations,
      n: options.n,
      seed: options.seed,
      seconds,
    });
  });
};
