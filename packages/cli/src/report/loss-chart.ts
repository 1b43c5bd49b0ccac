import * as Plot from "@observablehq/plot";
import { chart, type Svg } from "./chart.ts";

/** One line of a run's log, as far as the chart needs it. */
export type LossPoint = { readonly step: number; readonly loss: number };

/** At most `count` points: each the mean of its neighbours. */
const thinned = (points: readonly LossPoint[], count: number): readonly LossPoint[] => {
  const size = Math.max(1, Math.ceil(points.length / count));
  return Array.from({ length: Math.ceil(points.length / size) }, (_, i) => {
    const part = points.slice(i * size, (i + 1) * size);
    return { step: part.at(-1)!.step, loss: part.reduce((sum, { loss }) => sum + loss, 0) / part.length };
  });
};

/** The loss against the step on a logarithmic axis: single batches as dots, their moving mean as a line. */
export const lossChart = (points: readonly LossPoint[]): Svg => {
  const positive = points.filter(({ loss }) => Number.isFinite(loss) && loss > 0);
  return chart({
    width: 680,
    height: 280,
    marginLeft: 52,
    marginBottom: 42,
    x: { label: "training step", nice: true },
    y: { type: "log", label: "loss", grid: true, tickFormat: "~g" },
    marks: [
      Plot.dot(thinned(positive, 600), { x: "step", y: "loss", r: 1.4, fill: "var(--soft, #999)" }),
      Plot.lineY(
        thinned(positive, 600),
        Plot.windowY(
          { k: 15, anchor: "middle" },
          { x: "step", y: "loss", stroke: "var(--accent, #2563eb)", strokeWidth: 2 },
        ),
      ),
    ],
  });
};
