import type { SampleOptions } from "../commands/sample.ts";
import { drawWithProgress } from "../draw-with-progress.ts";
import { UsageError } from "../errors.ts";
import { gaussianLatents } from "../latents.ts";
import { isDiffusers, openOutside } from "../outside-network.ts";
import { sampleDiffusers } from "./sample-diffusers.ts";
import type { Output } from "../output.ts";
import { type Rows, sliceRows } from "../pictures/rows.ts";
import { checkClip, plan } from "../plan.ts";
import { samplingKeys } from "../sampling-keys.ts";
import { scheduleFromSpec } from "../schedule-spec.ts";
import { startBackend } from "../start-backend.ts";
import { refuseExisting } from "../write-result.ts";
import { writeDrawn } from "../write-drawn.ts";

/** Values of a range as those of [-1, 1]. */
const toPictures = ({ n, shape, data }: Rows, [low, high]: readonly [number, number] = [-1, 1]): Rows => ({
  n,
  shape,
  data: low === -1 && high === 1 ? data : data.map((value) => (2 * (value - low)) / (high - low) - 1),
});

const checkLabels = ({ inputs, class: wanted }: SampleOptions): void => {
  if (inputs?.labels !== undefined && wanted === undefined)
    throw new UsageError(`--inputs: labels=${inputs.labels} needs --class, the label of all samples`);
  if (inputs?.labels === undefined && wanted !== undefined)
    throw new UsageError("--class: needs the name of the model's input for it, --inputs labels=NAME");
};

/** `nonmarkov sample --model`. */
export const sampleOutside = async (
  options: SampleOptions & { readonly model: string },
  out: Output,
): Promise<void> => {
  if (isDiffusers(options.model)) return sampleDiffusers(options, out);
  if (options.published)
    throw new UsageError(`--published: is for folders of diffusers, not for ${options.model}; leave it out`);
  checkLabels(options);
  refuseExisting(options.out, options.force);
  refuseExisting(options.tensors, options.force);
  if (options.schedule === undefined)
    throw new UsageError("--schedule: --model needs the schedule that it was trained with, like --schedule cosine:300");
  const table = plan(scheduleFromSpec(options.schedule), options);
  checkClip(options, table);
  await startBackend(options, out.note);
  const network = await openOutside(options.model, options);
  try {
    const keys = samplingKeys(options.seed);
    const batch = network.batch ?? options.batch;
    const whole = network.batch === undefined ? options.n : Math.ceil(options.n / batch) * batch;
    const label = options.class;
    const drawn = await drawWithProgress(
      {
        trained: network,
        table,
        start: gaussianLatents(keys.latents, network.config.shape),
        n: whole,
        key: keys.noise,
        batch,
        labels: label === undefined ? undefined : () => label,
        clipX0: options.clipX0,
      },
      "sample",
      out,
    );
    await writeDrawn(
      { ...drawn, rows: toPictures(sliceRows(drawn.rows, 0, options.n), options.range) },
      table,
      options,
      out,
      { what: "samples", model: options.model, schedule: options.schedule, prediction: network.config.prediction },
    );
  } finally {
    await network.release();
  }
};
