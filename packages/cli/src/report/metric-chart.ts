import * as Plot from "@observablehq/plot";
import type { Measurement } from "../evaluation.ts";
import { chart, type Svg } from "./chart.ts";

/** The colours of the samplers' lines, in the order of the table's columns: variables of the page's style. */
export const lineColours = ["var(--s0)", "var(--s1)", "var(--s2)", "var(--s3)", "var(--s4)"];

/** A metric against the number of network evaluations, both logarithmic: a line per sampler, a dashed line for the data. */
export const metricChart = (
  measurements: readonly Measurement[],
  value: (measurement: Measurement) => number,
  label: string,
  floor: number,
): Svg => {
  const columns = [...new Set(measurements.map(({ column }) => column))];
  const points = measurements
    .map((m) => ({ evaluations: m.evaluations, value: value(m), column: m.column }))
    .sort((a, b) => a.evaluations - b.evaluations);
  return chart({
    width: 440,
    height: 300,
    marginLeft: 46,
    marginBottom: 42,
    insetBottom: 8,
    x: {
      type: "log",
      label: "network evaluations",
      ticks: [...new Set(points.map((p) => p.evaluations))],
      tickFormat: "~g",
    },
    y: { type: "log", label, grid: true, ticks: 5, tickFormat: "~g" },
    color: { domain: columns, range: lineColours },
    marks: [
      Plot.ruleY([floor], { stroke: "currentColor", strokeDasharray: "3 4", strokeOpacity: 0.6 }),
      Plot.line(points, { x: "evaluations", y: "value", stroke: "column", strokeWidth: 2 }),
      Plot.dot(points, { x: "evaluations", y: "value", fill: "column", r: 3.2 }),
    ],
  });
};
