import { join } from "node:path";
import { imageGridOfBytes } from "../pictures/image-grid.ts";
import { png } from "../pictures/png.ts";
import { writeResult } from "../write-result.ts";
import { cells } from "./cell.ts";
import { cellFeatures, cellImages } from "./samples.ts";
import type { Results } from "./results.ts";
import type { Setting } from "./setting.ts";

/** A picture of the first samples of every cell of Table 1, all from the same latents. */
export const figure3 = async (setting: Setting): Promise<Results["figure3"]> => {
  const { dir, trained, budget } = setting;
  const pictures: Results["figure3"]["pictures"][number][] = [];
  for (const cell of cells(trained.schedule, budget.steps, setting.manifest.tau)) {
    await cellFeatures(setting, cell, budget.n);
    const bytes = await cellImages(setting, cell, budget.n);
    const file = `figure3/${cell.id}-S${cell.S}.png`;
    await writeResult(join(dir, file), png(imageGridOfBytes(bytes, trained.config.shape, { columns: 4 })));
    pictures.push({ S: cell.S, column: cell.id, label: cell.label, file });
  }
  return { pictures };
};
