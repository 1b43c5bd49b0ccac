import { slerp } from "@nonmarkov/samplers";
import { join } from "node:path";
import { gaussianRows } from "../latents.ts";
import { lerp } from "../lerp.ts";
import { pathsBetween } from "../paths-between.ts";
import { imageGrid } from "../pictures/image-grid.ts";
import { png } from "../pictures/png.ts";
import { type Rows, sliceRows } from "../pictures/rows.ts";
import { plan, planEncode } from "../plan.ts";
import { writeResult } from "../write-result.ts";
import { runFrom } from "./run-from.ts";
import type { Results } from "./results.ts";
import { someImages, type Setting } from "./setting.ts";

/** Evaluations of Figure 6. */
export const figure6Evaluations = ({ paths, stations, pathSteps }: Setting["budget"]): number =>
  4 * paths * stations * pathSteps + 2 * paths * pathSteps;

const sureness = async ({ features }: Setting, images: Rows, stations: number): Promise<number[]> => {
  const probabilities = await features.probabilitiesOf(images);
  const classes = features.config.classes;
  const sure = Array.from({ length: images.n }, (_, i) =>
    Math.max(...probabilities.subarray(i * classes, (i + 1) * classes)),
  );
  return Array.from({ length: stations }, (_, station) => {
    const there = sure.filter((_, i) => i % stations === station);
    return there.reduce((a, b) => a + b, 0) / there.length;
  });
};

/** Paths in the picture. */
const shownPaths = 6;

/** First and last of every path. */
const endsOf = ({ n, shape, data }: Rows, stations: number): Rows => {
  const size = shape.reduce((a, b) => a * b, 1);
  const ends = Array.from({ length: n }, (_, i) => i).filter(
    (i) => i % stations === 0 || i % stations === stations - 1,
  );
  const out = new Float32Array(ends.length * size);
  ends.forEach((i, row) => out.set(data.subarray(i * size, (i + 1) * size), row * size));
  return { n: ends.length, shape, data: out };
};

const measurePaths = async (setting: Setting, ends: Rows, file: string): Promise<Results["figure6"]["latents"]> => {
  const { dir, trained, budget } = setting;
  const { stations } = budget;
  const table = plan(trained.schedule, { sampler: "ddim", steps: budget.pathSteps, tau: setting.manifest.tau });
  const round = await runFrom(setting, pathsBetween(ends, stations, slerp), table);
  const straight = await runFrom(setting, pathsBetween(ends, stations, lerp), table);
  const shown = sliceRows(round, 0, Math.min(shownPaths * stations, round.n));
  await writeResult(join(dir, file), png(imageGrid(shown, { columns: stations, scale: 2 })));
  return {
    file,
    paths: budget.paths,
    slerp: await sureness(setting, round, stations),
    lerp: await sureness(setting, straight, stations),
    blend: await sureness(setting, pathsBetween(endsOf(round, stations), stations, lerp), stations),
  };
};

/** Draws along great circles between random latents, and between the latents of held-out images. */
export const figure6 = async (setting: Setting): Promise<Results["figure6"]> => {
  const { trained, budget, keys, heldOut, tracker } = setting;
  const { paths: count, pathSteps } = budget;
  tracker.title("paths between latents");
  const random = gaussianRows(keys.latents, trained.config.shape, 2 * count);
  const latents = await measurePaths(setting, random, "figure6-latents.png");
  tracker.title("paths between images");
  const images = someImages(heldOut, 2 * count, keys.reference);
  const table = planEncode(
    trained.schedule,
    { sampler: "ddim", steps: pathSteps, tau: setting.manifest.tau },
    "source",
  );
  const encoded = await runFrom(setting, images, table);
  return { latents, images: await measurePaths(setting, encoded, "figure6-images.png") };
};
