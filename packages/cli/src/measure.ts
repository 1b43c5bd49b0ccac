import type { Candidate } from "./candidates.ts";
import type { Comparison } from "./compare.ts";
import type { Drawing } from "./draw.ts";
import { drawWithProgress } from "./draw-with-progress.ts";
import type { Measurement } from "./evaluation.ts";
import type { Output } from "./output.ts";
import type { Rows } from "./pictures/rows.ts";

/** A sampler's numbers and its samples. */
export type Measured = { readonly measurement: Measurement; readonly rows: Rows };

/** Draws with one candidate and measures what it gives. */
export const measure = async (
  candidate: Candidate,
  drawing: Omit<Drawing, "table" | "onProgress">,
  comparison: Comparison,
  out: Output,
): Promise<Measured> => {
  const { table, ...about } = candidate;
  const title = `${candidate.column.padEnd(8)} S = ${String(candidate.steps).padEnd(5)}`;
  const { rows, seconds } = await drawWithProgress({ ...drawing, table }, title, out);
  const distances = comparison.measure(rows);
  return { measurement: { ...about, evaluations: table.rows.length, n: rows.n, seconds, ...distances }, rows };
};
