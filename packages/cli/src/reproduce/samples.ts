import { fromFloat32 } from "@nonmarkov/checkpoint";
import { toBytes } from "@nonmarkov/data";
import type { Features } from "@nonmarkov/metrics";
import { draw } from "../draw.ts";
import { gaussianLatents } from "../latents.ts";
import type { Cell } from "./cell.ts";
import type { Setting } from "./setting.ts";
import { missing, readShard, type Shard, shardsOf, writeShard } from "./shards.ts";

/** Images that are kept of every cell, for the pictures. */
export const picturedSamples = 16;

/** Evaluations that are left to be made for n samples of a cell. */
export const evaluationsLeft = (dir: string, { work, S }: Cell, n: number): number =>
  missing(dir, shardsOf(work, n)).reduce((sum, { count }) => sum + count * S, 0);

const drawShard = async (setting: Setting, cell: Cell, shard: Shard): Promise<void> => {
  const { dir, trained, features, keys, batch, tracker, signal } = setting;
  tracker.title(`S = ${cell.S}, ${cell.label}, samples from ${shard.first}`);
  let before = 0;
  const evaluations = shard.count * cell.S;
  const rows = await draw({
    trained,
    table: cell.table,
    start: gaussianLatents(keys.latents, trained.config.shape),
    n: shard.count,
    from: shard.first,
    key: keys.noise,
    batch,
    labels: trained.config.net.classes === 0 ? undefined : (i) => i % trained.config.net.classes,
    onProgress: (part) => {
      tracker.add((part - before) * evaluations);
      before = part;
    },
    signal,
  });
  const d = features.d;
  const kept = Math.min(picturedSamples, shard.count);
  const size = rows.shape.reduce((a, b) => a * b, 1);
  await writeShard(dir, shard, [
    ["features", fromFloat32(await features.featuresOf(rows), [shard.count, d])],
    ...(shard.first > 0
      ? []
      : [
          [
            "images",
            { dtype: "U8", shape: [kept, ...rows.shape], data: toBytes(rows.data.subarray(0, kept * size)) },
          ] as const,
        ]),
  ]);
};

/** Draws what is missing of n samples of a cell, and gives the features of all. */
export const cellFeatures = async (setting: Setting, cell: Cell, n: number): Promise<Features> => {
  const shards = shardsOf(cell.work, n);
  for (const shard of missing(setting.dir, shards)) await drawShard(setting, cell, shard);
  const d = setting.features.d;
  const data = new Float32Array(n * d);
  for (const shard of shards)
    data.set((await readShard(setting.dir, shard, "features", shard.count * d)) as Float32Array, shard.first * d);
  return { n, d, data };
};

/** The first images of a cell that was drawn, as bytes NHWC. */
export const cellImages = async ({ dir, trained }: Setting, cell: Cell, n: number): Promise<Uint8Array> => {
  const shard = shardsOf(cell.work, n)[0]!;
  const size = trained.config.shape.reduce((a, b) => a * b, 1);
  return (await readShard(dir, shard, "images", Math.min(picturedSamples, shard.count) * size)) as Uint8Array;
};
