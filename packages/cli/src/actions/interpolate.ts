import { evaluationsOf, slerp } from "@nonmarkov/samplers";
import type { InterpolateOptions } from "../commands/interpolate.ts";
import { drawWithProgress } from "../draw-with-progress.ts";
import { duration } from "../duration.ts";
import { UsageError } from "../errors.ts";
import { labelsFor } from "../labels.ts";
import { gaussianRows, givenLatents } from "../latents.ts";
import { readLatents } from "../latents-file.ts";
import type { Output } from "../output.ts";
import { type Rows, sliceRows } from "../pictures/rows.ts";
import { plan } from "../plan.ts";
import { samplingKeys } from "../sampling-keys.ts";
import { pathsBetween } from "../paths-between.ts";
import { openRun } from "../trained.ts";
import { withTrained } from "../with-trained.ts";
import { refuseExisting } from "../write-result.ts";
import { writeSamples } from "../write-samples.ts";

const ends = async (options: InterpolateOptions, shape: readonly number[]): Promise<Rows> => {
  const n = 2 * options.paths;
  if (options.latents === undefined) return gaussianRows(samplingKeys(options.seed).latents, shape, n);
  const { latents } = await readLatents(options.latents, shape);
  if (latents.n < n)
    throw new UsageError(`--paths: ${options.paths} paths need ${n} latents, ${options.latents} holds ${latents.n}`);
  return sliceRows(latents, 0, n);
};

/** `nonmarkov interpolate`. */
export const interpolate = async (dir: string, options: InterpolateOptions, out: Output): Promise<void> => {
  refuseExisting(options.out, options.force);
  const run = await openRun(dir);
  const table = plan(run.schedule, options);
  await withTrained(run, options, out, async (trained) => {
    const { config } = run;
    const stations = pathsBetween(await ends(options, config.shape), options.columns, slerp);
    const labels = labelsFor(config, options.class);
    const { rows, seconds } = await drawWithProgress(
      {
        trained,
        table,
        start: givenLatents(stations),
        n: stations.n,
        key: samplingKeys(options.seed).noise,
        batch: options.batch,
        // one class per path
        labels: labels && ((index) => labels(Math.floor(index / options.columns))),
      },
      "interpolate",
      out,
    );
    await writeSamples(rows, options);
    out.say(`${options.out}: ${options.paths} paths of ${options.columns} by ${table.name}, ${duration(seconds)}`);
    out.result({
      out: options.out,
      run: dir,
      step: trained.step,
      sampler: table.name,
      evaluations: evaluationsOf(table),
      paths: options.paths,
      columns: options.columns,
      seconds,
    });
  });
};
