import { pivot, type Distances, type Measurement } from "../evaluation.ts";
import { markdownTable } from "./markdown-table.ts";

/** A number with three significant digits. */
export const figures = (value: number | undefined): string => (value === undefined ? "" : value.toPrecision(3));

const table = (title: string, measurements: readonly Measurement[], value: (m: Measurement) => number): string => {
  const { columns, rows } = pivot(measurements, value);
  return `${title}\n\n${markdownTable(
    ["S", ...columns],
    rows.map(({ steps, cells }) => [String(steps), ...cells.map(figures)]),
  )}`;
};

/** The measurements as Markdown: one table per metric, and one with evaluations and seconds. */
export const evaluationMarkdown = (measurements: readonly Measurement[], floor: Distances): string =>
  [
    table(
      `Frechet distance of fixed random features (other examples of the data: ${figures(floor.frechet)})`,
      measurements,
      (m) => m.frechet,
    ),
    table(
      `Sliced Wasserstein distance of the raw values (other examples of the data: ${figures(floor.slicedWasserstein)})`,
      measurements,
      (m) => m.slicedWasserstein,
    ),
    `Network evaluations and time\n\n${markdownTable(
      ["sampler", "S", "evaluations per sample", "samples", "seconds"],
      measurements.map((m) => [
        m.eta === null ? m.sampler : `${m.sampler} (eta ${m.eta})`,
        String(m.steps),
        String(m.evaluations),
        String(m.n),
        m.seconds.toFixed(2),
      ]),
    )}`,
  ].join("\n\n");
