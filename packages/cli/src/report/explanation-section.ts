import type { ExplainedEvaluation } from "./explain-evaluation.ts";
import { explanationChart } from "./explanation-chart.ts";

const sentence = ({ batch, recorded, nodes, flops, arenaBytes, seconds }: ExplainedEvaluation): string =>
  `One evaluation of the network for ${batch} samples is recorded as ${recorded} kernels, of which fusion leaves ${nodes.length} nodes: ${(flops / 1e9).toFixed(2)} GFLOP in ${(1e3 * seconds).toFixed(1)} ms, with an arena of ${(arenaBytes / 1e6).toFixed(1)} MB for results on the way.`;

/** The demo's section on what a network evaluation consists of; undefined is a backend that cannot be explained. */
export const explanationSection = (explained: ExplainedEvaluation | undefined): string => `<h2>Where the time goes</h2>
${
  explained === undefined
    ? "<p>Only the nonmarkov backend times the nodes of a network one by one; other backends are not explained.</p>"
    : `<p>${sentence(explained)}</p>
<figure>${explanationChart(explained)}
<figcaption>Above, the nodes in the order in which they run, each as wide as its time; pointing at one shows its shapes. Below, the time of
each kind of node, its share and its speed. Kernels that were joined into one are named after the one that does the work, and joined arithmetic is Elementwise.</figcaption></figure>`
}`;
