import { evaluationsOf, type Table } from "@nonmarkov/samplers";
import { draw } from "../draw.ts";
import { givenLatents } from "../latents.ts";
import type { Rows } from "../pictures/rows.ts";
import type { Setting } from "./setting.ts";

/** Runs a table from given rows on: latents that are drawn, or images that are encoded. */
export const runFrom = (setting: Setting, start: Rows, table: Table): Promise<Rows> => {
  const { trained, keys, batch, tracker, signal } = setting;
  let before = 0;
  return draw({
    trained,
    table,
    start: givenLatents(start),
    n: start.n,
    key: keys.noise,
    batch,
    labels: undefined,
    onProgress: (part) => {
      tracker.add((part - before) * start.n * evaluationsOf(table));
      before = part;
    },
    signal,
  });
};
