import { duration } from "../duration.ts";
import { pivot, type Distances, type Measurement } from "../evaluation.ts";
import { figures } from "./evaluation-markdown.ts";
import type { ExplainedEvaluation } from "./explain-evaluation.ts";
import { explanationSection } from "./explanation-section.ts";
import { escape, htmlTable } from "./html.ts";
import { lossChart, type LossPoint } from "./loss-chart.ts";
import { lineColours, metricChart } from "./metric-chart.ts";
import { page } from "./page.ts";

/** A sampler's measurement and its picture. */
export type Shown = Measurement & {
  /** The grid of samples as a data URI. */
  readonly picture: string;
};

/** All that the demo's report tells. */
export type DemoReport = {
  /** The command that made it. */
  readonly command: string;
  /** Short facts under the title: name, value. */
  readonly facts: readonly (readonly [string, string])[];
  readonly loss: readonly LossPoint[];
  /** The samplers on sub-sequences. */
  readonly table: readonly Shown[];
  /** The samplers that visit every step. */
  readonly full: readonly Shown[];
  readonly floor: Distances;
  /** What a network evaluation consists of, where the backend can tell. */
  readonly explained: ExplainedEvaluation | undefined;
  /** Examples of the data, as a data URI. */
  readonly data: string;
  /** Paths between samples, as a data URI. */
  readonly paths: string;
  /** The run folder, relative to the report. */
  readonly run: string;
  /** What made it: versions, machine. */
  readonly footer: string;
};

const image = (source: string, alt: string): string => `<img src="${source}" alt="${escape(alt)}">`;

const longNames: Readonly<Record<string, string>> = {
  ddim: "DDIM",
  "sigma-hat": "σ̂",
  "pf-euler": "ODE (15)",
};

const named = ({ sampler, eta }: Measurement): string =>
  escape(`${longNames[sampler] ?? sampler}${eta === null ? "" : `, η = ${eta}`}`);

const pictures = (table: readonly Shown[]): string => {
  const columns = [...new Set(table.map(({ column }) => column))];
  const steps = [...new Set(table.map((m) => m.steps))].sort((a, b) => a - b);
  return htmlTable(
    ["", ...columns.map(escape)],
    steps.map((S) => [
      `S = ${S}`,
      ...columns.map((column) => {
        const shown = table.find((m) => m.steps === S && m.column === column);
        return shown === undefined ? "" : image(shown.picture, `${shown.sampler}, ${column}, ${S} steps`);
      }),
    ]),
    "pictures",
  );
};

const metricTable = (table: readonly Shown[], value: (m: Measurement) => number): string => {
  const { columns, rows } = pivot(table, value);
  return htmlTable(
    [
      "S",
      ...columns.map(
        (column, i) => `<span class="swatch" style="background:${lineColours[i]}"></span>${escape(column)}`,
      ),
    ],
    rows.map(({ steps, cells }) => {
      const best = Math.min(...cells.map((cell) => cell ?? Infinity));
      return [
        String(steps),
        ...cells.map((cell) => (cell === best ? `<span class="best">${figures(cell)}</span>` : figures(cell))),
      ];
    }),
  );
};

const fullPictures = (full: readonly Shown[]): string =>
  full.length === 0
    ? ""
    : `<figure>${htmlTable(
        ["", ...full.map((m) => escape(m.sampler))],
        [["all T steps", ...full.map((m) => image(m.picture, `${m.sampler}, all steps`))]],
        "pictures",
      )}<figcaption>DDPM, one network evaluation for each of the ${full[0]!.steps} steps, with the small variance (η = 1) and the large one (σ̂), which is made for this.</figcaption></figure>`;

/** The report of `nonmarkov demo` as one HTML file that needs nothing else. */
export const demoReport = ({
  command,
  facts,
  loss,
  table,
  full,
  floor,
  explained,
  data,
  paths,
  run,
  footer,
}: DemoReport): string =>
  page(
    "nonmarkov: one network, many samplers",
    `<p class="eyebrow">nonmarkov</p>
<h1>One network, a whole family of samplers</h1>
<p class="lead">A small U-Net learned to tell noise from picture in noisy digits. Nothing in its training says how it is to be
sampled: every reverse process with the same marginals can use it, from DDPM, which visits every step and draws fresh noise in
each, to DDIM, which draws none and can leave out most steps.</p>
<dl class="facts">${facts.map(([name, value]) => `<div><dt>${escape(name)}</dt><dd>${escape(value)}</dd></div>`).join("")}</dl>

<h2>The same latents through every sampler</h2>
<p>All pictures start from the same Gaussian noise <i>x</i><sub><i>T</i></sub>, place for place. Down a column the number of
steps <i>S</i> grows. At η = 0 the result is a function of <i>x</i><sub><i>T</i></sub> alone: the same digits stay in
place and only get clearer. With more fresh noise (η = 1, and σ̂, the large variance of the original DDPM) the samples
wander, and few steps leave noise behind. At η = 0 each step is one of
Euler's method on an ODE in σ, equation (13) of the paper; the last column takes Euler's steps on the same ODE in another variable,
equation (15), and needs many more.</p>
<figure>${pictures(table)}</figure>
${fullPictures(full)}

<h2>How far from the data</h2>
<p>Distances between the ${table[0]?.n ?? 0} samples of each sampler and a reference set of the data; smaller is better. Both are rough
with so few samples: read trends, not digits.</p>
<div class="charts">
<figure>${metricChart([...table, ...full], (m) => m.frechet, "Fréchet distance", floor.frechet)}
<figcaption>Fréchet distance of random features: 32 fixed random 3 × 3 filters, their positive part averaged over the picture (not
Inception's). It sees left-over noise and blur. Dashed: other examples of the data.</figcaption></figure>
<figure>${metricChart([...table, ...full], (m) => m.slicedWasserstein, "sliced Wasserstein distance", floor.slicedWasserstein)}
<figcaption>Sliced Wasserstein distance of the raw pixels. It sees where there is ink, and hardly any fine noise.</figcaption></figure>
</div>
<p>Fréchet distance of random features (other examples of the data: ${figures(floor.frechet)}):</p>
${metricTable([...table, ...full], (m) => m.frechet)}
<p>Sliced Wasserstein distance (other examples of the data: ${figures(floor.slicedWasserstein)}):</p>
${metricTable([...table, ...full], (m) => m.slicedWasserstein)}

<h2>What it costs</h2>
${htmlTable(
  ["sampler", "S", "evaluations per sample", "samples", "seconds", "sliced Wasserstein", "Fréchet"],
  [...table, ...full].map((m) => [
    named(m),
    String(m.steps),
    String(m.evaluations),
    String(m.n),
    m.seconds.toFixed(2),
    figures(m.slicedWasserstein),
    figures(m.frechet),
  ]),
)}

${explanationSection(explained)}

<h2>Between two samples</h2>
<p>Latents can be mixed: each row moves on a great circle from one <i>x</i><sub><i>T</i></sub> to another, and every station is
decoded by DDIM without noise.</p>
<figure>${image(paths, "rows of digits changing from one into another")}</figure>

<h2>Training</h2>
<figure>${lossChart(loss)}
<figcaption>Mean squared error of the predicted <i>v</i> = √ᾱ ε − √(1−ᾱ) <i>x</i><sub>0</sub>: single batches as dots, their moving mean as a line.</figcaption></figure>
<figure>${image(data, "examples of the training data")}
<figcaption>What it was trained on: digits drawn by vector strokes under random affine, thickness and elastic changes, each a
function of a key. The set has no end.</figcaption></figure>

<h2>Go on</h2>
<pre><code>${escape(
      [
        `npx nonmarkov sample ${run} --sampler ddim --steps 20 --eta 0 --n 64 --out digits.png`,
        `npx nonmarkov interpolate ${run} --steps 50 --out paths.png`,
        `npx nonmarkov train --out ${run} --resume --minutes 10`,
      ].join("\n"),
    )}</code></pre>
<footer>Made by <code>${escape(command)}</code>; sampling took ${escape(duration([...table, ...full].reduce((sum, m) => sum + m.seconds, 0)))}. ${escape(footer)}</footer>`,
  );
