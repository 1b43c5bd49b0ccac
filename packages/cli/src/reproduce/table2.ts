import { fromFloat32 } from "@nonmarkov/checkpoint";
import type { Schedule } from "@nonmarkov/schedule";
import type { Rows } from "../pictures/rows.ts";
import { plan, planEncode } from "../plan.ts";
import type { Budget } from "./budget.ts";
import { runFrom } from "./run-from.ts";
import type { Results } from "./results.ts";
import { firstImages, type Setting } from "./setting.ts";
import { missing, readShard, type Shard, shardsOf, writeShard } from "./shards.ts";

const shardSize = 50;
const shards = (S: number, images: number): readonly Shard[] => shardsOf(`table2/S${S}`, images, shardSize);

/** Evaluations that Table 2 still needs. */
export const table2Evaluations = (dir: string, { T }: Schedule, { codingSteps, images }: Budget): number =>
  codingSteps
    .filter((S) => S <= T)
    .reduce((sum, S) => sum + missing(dir, shards(S, images)).reduce((all, { count }) => all + 2 * S * count, 0), 0);

/** x_0 to x_T to x_0. */
const thereAndBack = async (setting: Setting, images: Rows, S: number): Promise<Rows> => {
  const { schedule } = setting.trained;
  const options = { sampler: "ddim", steps: S, tau: setting.manifest.tau } as const;
  const latents = await runFrom(setting, images, planEncode(schedule, options, "source"));
  return runFrom(setting, latents, plan(schedule, options));
};

const codeShard = async (setting: Setting, images: Rows, S: number, shard: Shard): Promise<void> => {
  setting.tracker.title(`encode and decode, S = ${S}, images from ${shard.first}`);
  const size = images.shape.reduce((a, b) => a * b, 1);
  const part = {
    n: shard.count,
    shape: images.shape,
    data: images.data.subarray(shard.first * size, (shard.first + shard.count) * size),
  };
  const back = await thereAndBack(setting, part, S);
  const errors = new Float32Array(shard.count);
  // the data are in [-1, 1], twice as wide as the paper's scale
  for (let i = 0; i < part.data.length; i++)
    errors[Math.floor(i / size)]! += (back.data[i]! - part.data[i]!) ** 2 / 4 / size;
  await writeShard(setting.dir, shard, [["errors", fromFloat32(errors, [shard.count])]]);
};

/** Encodes held-out images and decodes them again, with every number of steps. */
export const table2 = async (setting: Setting): Promise<Results["table2"]> => {
  const { dir, budget, heldOut, keys, trained } = setting;
  const images = firstImages(heldOut, budget.images, keys.reference);
  const rows: Results["table2"]["rows"][number][] = [];
  for (const S of budget.codingSteps.filter((steps) => steps <= trained.schedule.T)) {
    const all = shards(S, budget.images);
    for (const shard of missing(dir, all)) await codeShard(setting, images, S, shard);
    const errors: number[] = [];
    for (const shard of all) errors.push(...((await readShard(dir, shard, "errors", shard.count)) as Float32Array));
    const error = errors.reduce((a, b) => a + b, 0) / errors.length;
    const variance = errors.reduce((sum, e) => sum + (e - error) ** 2, 0) / Math.max(1, errors.length - 1);
    rows.push({ S, error, standardError: Math.sqrt(variance / errors.length) });
  }
  return { rows };
};
