import { evaluationsOf } from "@nonmarkov/samplers";
import { key } from "@nonmarkov/random";
import type { DecodeOptions } from "../commands/decode.ts";
import { drawWithProgress } from "../draw-with-progress.ts";
import { duration } from "../duration.ts";
import { FormatError } from "@nonmarkov/files";
import { givenLatents } from "../latents.ts";
import { readLatents } from "../latents-file.ts";
import type { Output } from "../output.ts";
import type { Rows } from "../pictures/rows.ts";
import { plan } from "../plan.ts";
import { openRun } from "../trained.ts";
import { withTrained } from "../with-trained.ts";
import { refuseExisting } from "../write-result.ts";
import { writeSamples } from "../write-samples.ts";

/** The mean squared difference per dimension, for data in [-1, 1] scaled to [0, 1]. */
const squaredError = (a: Rows, b: Rows): number =>
  a.data.reduce((sum, value, i) => sum + ((value - b.data[i]!) / 2) ** 2, 0) / a.data.length;

/** `nonmarkov decode`. */
export const decode = async (dir: string, file: string, options: DecodeOptions, out: Output): Promise<void> => {
  refuseExisting(options.out, options.force);
  refuseExisting(options.tensors, options.force);
  const run = await openRun(dir);
  const table = plan(run.schedule, options);
  await withTrained(run, options, out, async (trained) => {
    const { config } = run;
    const { latents, x0, labels } = await readLatents(file, config.shape);
    if (config.net.classes > 0 && labels === undefined)
      throw new FormatError({
        where: file,
        what: "must hold labels, which this network is told",
        found: "none",
        fix: "encode with the same run",
      });
    const { rows, seconds } = await drawWithProgress(
      {
        trained,
        table,
        start: givenLatents(latents),
        n: latents.n,
        key: key(0),
        batch: options.batch,
        labels: labels && ((index) => labels[index]!),
      },
      "decode",
      out,
    );
    await writeSamples(rows, options);
    const error = x0 === undefined ? undefined : squaredError(rows, x0);
    out.say(
      `${options.out}: ${latents.n} samples by ${table.name}, ${evaluationsOf(table)} network evaluations, ${duration(seconds)}`,
    );
    if (error !== undefined)
      out.say(`squared error against what was encoded, per dimension of data in [0, 1]: ${error.toPrecision(3)}`);
    out.result({
      out: options.out,
      run: dir,
      step: trained.step,
      sampler: table.name,
      evaluations: evaluationsOf(table),
      n: latents.n,
      seconds,
      ...(error === undefined ? {} : { squaredError: error }),
    });
  });
};
