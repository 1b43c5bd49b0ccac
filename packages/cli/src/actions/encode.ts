import { evaluationsOf } from "@nonmarkov/samplers";
import type { Dataset } from "@nonmarkov/data";
import { key } from "@nonmarkov/random";
import type { EncodeOptions } from "../commands/encode.ts";
import { openDataset } from "../dataset.ts";
import { drawWithProgress } from "../draw-with-progress.ts";
import { duration } from "../duration.ts";
import { UsageError } from "../errors.ts";
import { givenLatents } from "../latents.ts";
import { latentsFile } from "../latents-file.ts";
import type { Output } from "../output.ts";
import { planEncode } from "../plan.ts";
import { openRun } from "../trained.ts";
import { withTrained } from "../with-trained.ts";
import { refuseExisting, writeResult } from "../write-result.ts";

const examples = (dataset: Dataset, shape: readonly number[], { first, n }: EncodeOptions) => {
  if (dataset.shape.join() !== shape.join())
    throw new UsageError(
      `--data: ${dataset.name} has the shape [${dataset.shape.join(", ")}], the run [${shape.join(", ")}]`,
    );
  if (first + n > dataset.size)
    throw new UsageError(`--first, --n: ${dataset.name} has ${dataset.size} examples, ${first + n} are asked for`);
  return dataset.rows(
    Array.from({ length: n }, (_, i) => first + i),
    key(0),
  );
};

/** `nonmarkov encode`. */
export const encode = async (dir: string, options: EncodeOptions, out: Output): Promise<void> => {
  refuseExisting(options.out, options.force);
  const run = await openRun(dir);
  const table = planEncode(run.schedule, options, options.evaluateAt);
  await withTrained(run, options, out, async (trained) => {
    const { config } = run;
    const dataset = await openDataset(options.data ?? config.data, out);
    const { x, labels } = examples(dataset, config.shape, options);
    const x0 = { n: options.n, shape: config.shape, data: x };
    const conditional = config.net.classes > 0;
    const { rows, seconds } = await drawWithProgress(
      {
        trained,
        table,
        start: givenLatents(x0),
        n: options.n,
        key: key(0),
        batch: options.batch,
        labels: conditional ? (index) => labels[index]! : undefined,
      },
      "encode",
      out,
    );
    const metadata = {
      run: dir,
      step: String(trained.step),
      sampler: table.name,
      evaluations: String(evaluationsOf(table)),
    };
    await writeResult(options.out, latentsFile({ latents: rows, x0, ...(conditional ? { labels } : {}) }, metadata));
    out.say(
      `${options.out}: ${options.n} latents by ${table.name}, ${evaluationsOf(table)} network evaluations, ${duration(seconds)}`,
    );
    out.result({
      out: options.out,
      run: dir,
      step: trained.step,
      sampler: table.name,
      evaluations: evaluationsOf(table),
      n: options.n,
      seconds,
    });
  });
};
