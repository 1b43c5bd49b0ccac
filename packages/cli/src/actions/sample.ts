import type { SampleOptions } from "../commands/sample.ts";
import { UsageError } from "../errors.ts";
import { outsideOnly } from "../options/outside-options.ts";
import { sampleOutside } from "./sample-outside.ts";
import { drawWithProgress } from "../draw-with-progress.ts";
import { guidanceFor } from "../guidance.ts";
import { labelsFor } from "../labels.ts";
import { gaussianLatents } from "../latents.ts";
import type { Output } from "../output.ts";
import { checkClip, plan } from "../plan.ts";
import { samplingKeys } from "../sampling-keys.ts";
import { openRun } from "../trained.ts";
import { withTrained } from "../with-trained.ts";
import { refuseExisting } from "../write-result.ts";
import { writeDrawn } from "../write-drawn.ts";

/** `nonmarkov sample` of a run. */
const sampleRun = async (dir: string, options: SampleOptions, out: Output): Promise<void> => {
  refuseExisting(options.out, options.force);
  refuseExisting(options.tensors, options.force);
  const run = await openRun(dir);
  const table = plan(run.schedule, options);
  checkClip(options, table);
  const guidance = guidanceFor(run.config, options);
  await withTrained(run, options, out, async (trained) => {
    const labels = labelsFor(run.config, options.class);
    const keys = samplingKeys(options.seed);
    const drawn = await drawWithProgress(
      {
        trained,
        table,
        start: gaussianLatents(keys.latents, run.config.shape),
        n: options.n,
        key: keys.noise,
        batch: options.batch,
        labels,
        guidance,
        clipX0: options.clipX0,
      },
      "sample",
      out,
    );
    await writeDrawn(drawn, table, options, out, {
      what: "samples",
      run: dir,
      step: trained.step,
      ...(guidance === undefined ? {} : { guidance }),
    });
  });
};

/** `nonmarkov sample`. */
export const sample = async (dir: string | undefined, options: SampleOptions, out: Output): Promise<void> => {
  if (options.model !== undefined) {
    if (dir !== undefined) throw new UsageError(`sample takes a run or --model, got both: ${dir} and ${options.model}`);
    if (options.guidance !== undefined || options.guidanceRescale !== undefined)
      throw new UsageError("--guidance: is for runs trained with --label-dropout, not for --model; leave it out");
    return sampleOutside({ ...options, model: options.model }, out);
  }
  for (const [name, flag] of Object.entries(outsideOnly))
    if (options[name as keyof typeof outsideOnly] !== undefined)
      throw new UsageError(`${flag}: belongs to --model; a run knows by itself, leave it out`);
  if (dir === undefined) throw new UsageError("sample needs a run folder, or --model; try nonmarkov sample --help");
  return sampleRun(dir, options, out);
};
