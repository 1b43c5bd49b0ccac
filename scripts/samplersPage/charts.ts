import * as Plot from "@observablehq/plot";
import { chart } from "../../packages/cli/src/report/chart.ts";
import { endLabels } from "../../packages/cli/src/reproduce/end-labels.ts";
import { standaloneSvg } from "../../packages/cli/src/report/standalone-svg.ts";
import type { Measured, Results } from "./measure.ts";

type Quantity = "error" | "distance";
type Point = { readonly id: string; readonly evaluations: number; readonly value: number };

const pointsOf = (samplers: readonly Measured[], quantity: Quantity): readonly Point[] =>
  samplers.flatMap(({ id, points }) =>
    points.flatMap(({ evaluations, [quantity]: value }) =>
      value !== null && value > 0 && Number.isFinite(value) ? [{ id, evaluations, value }] : [],
    ),
  );

const labels: Readonly<Record<Quantity, string>> = {
  error: "distance to where the ODE goes",
  distance: "sliced Wasserstein distance to the data",
};

const ticks = [4, 8, 16, 32, 64, 128];

/** One sampler's line among all others, grey. */
const draw = (
  { samplers, floor }: Results,
  quantity: Quantity,
  highlighted: readonly string[],
  size: { readonly width: number; readonly height: number },
): string => {
  const all = pointsOf(samplers, quantity);
  const ours = all.filter(({ id }) => highlighted.includes(id));
  const ends = highlighted.flatMap((id) =>
    ours
      .filter((point) => point.id === id)
      .slice(-1)
      .map(({ evaluations: x, value: y }) => ({ x, y, text: id, line: id })),
  );
  const values = all.map(({ value }) => value);
  const names = endLabels(ends, Math.max(...values) / Math.min(...values), 14 / size.height);
  const channels = { x: "evaluations", y: "value", z: "id" };
  return standaloneSvg(
    chart({
      ...size,
      marginLeft: 60,
      marginBottom: 42,
      marginRight: 90,
      x: { type: "log", label: "evaluations of the network", ticks, tickFormat: String },
      y: { type: "log", label: labels[quantity], grid: true, ticks: 6, tickFormat: "~g" },
      color: { domain: [...highlighted], scheme: "observable10" },
      marks: [
        ...(quantity === "distance" ? [Plot.ruleY([floor], { strokeDasharray: "3 4", strokeOpacity: 0.7 })] : []),
        Plot.line(all, { ...channels, stroke: "#bbbbbb", strokeWidth: 1 }),
        Plot.line(ours, { ...channels, stroke: "id", strokeWidth: 2.2 }),
        Plot.dot(ours, { ...channels, fill: "id", r: 3 }),
        Plot.text(names, { x: "x", y: "y", text: "text", fill: "line", dx: 8, textAnchor: "start" }),
      ],
    }),
  );
};

/** The picture of one sampler next to all others: the error on the ODE where it follows it, else the distance to the data. */
export const samplerChart = (results: Results, { id, points }: Measured): string =>
  draw(results, points.some(({ error }) => error !== null) ? "error" : "distance", [id], { width: 560, height: 300 });

/** All samplers of a kind in one picture. */
export const overviewChart = (results: Results, quantity: Quantity, highlighted: readonly string[]): string =>
  draw(results, quantity, highlighted, { width: 760, height: 420 });
