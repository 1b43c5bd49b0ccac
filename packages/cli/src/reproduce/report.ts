import { markdownTable } from "../report/markdown-table.ts";
import { columns } from "./cell.ts";
import type { Manifest } from "./manifest.ts";
import { reproduceParts } from "./names.ts";
import { paperTable1, paperTable2 } from "./paper.ts";
import type { Results, WrittenInterval } from "./results.ts";
import { stepsOf } from "./steps-of.ts";
import { type Trend, trendsOf } from "./trends.ts";

/** What there is to be reported: the results of some parts, each with what it depends on. */
export type Reported = {
  readonly [Part in keyof Results]?: { readonly manifest: Manifest; readonly result: Results[Part] };
};

/** Turns the name of a picture in the folder of the results into a link. */
export type Link = (file: string) => string;

const short = (value: number): string => value.toPrecision(3);
const pm = ({ value, standardError }: WrittenInterval, digits: (value: number) => string = short): string =>
  `${digits(value)} ± ${digits(1.96 * standardError)}`;

const pivot = (
  cells: Results["table1"]["cells"],
  show: (cell: Results["table1"]["cells"][number]) => string,
): string => {
  const steps = stepsOf(cells);
  return markdownTable(
    ["", ...steps.map((S) => `S = ${S}`)],
    columns.map(({ id, label }) => [
      label,
      ...steps.map((S) => show(cells.find((cell) => cell.column === id && cell.S === S)!)),
    ]),
  );
};

const table1 = (
  { cells, heldOut, singular }: Results["table1"],
  { n, features, reference }: Manifest,
  link: Link,
): string => {
  const steps = Object.keys(paperTable1["eta0"]!).map(Number);
  return `## Table 1: distance by S and η

Fréchet distance of ${features.d} features (a classifier's last convolution, averaged over the picture) between ${n.toLocaleString("en")} samples and the ${reference.data.rows!.toLocaleString("en")} training images,
with 95 % intervals (jackknife over the samples). All cells start from the same x_T.${
    singular ? " **The samples are too few for so many features: the distances are biased upwards.**" : ""
  }

${pivot(cells, ({ frechet }) => pm(frechet))}

KID (unbiased, times 1000), against ${Math.min(2000, reference.data.rows!).toLocaleString("en")} of the training images:

${pivot(cells, ({ kid }) => pm({ ...kid, value: 1000 * kid.value, standardError: 1000 * kid.standardError }, (v) => v.toFixed(2)))}

The ${heldOut.n.toLocaleString("en")} held-out images themselves score ${pm(heldOut.frechet)} (of another number of images: not comparable with the first table) and
a KID of ${pm({ ...heldOut.kid, value: 1000 * heldOut.kid.value, standardError: 1000 * heldOut.kid.standardError }, (v) => v.toFixed(2))} thousandths.

![Fréchet distance against S](${link("table1.svg")})

The paper's, FID (Inception features) of CIFAR-10 / CelebA; the scale is another, the order is what can be compared:

${markdownTable(
  ["", ...steps.map((S) => `S = ${S}`)],
  columns.map(({ id, label }) => [
    label,
    ...steps.map((S) => paperTable1[id]![S]!.map((v) => v.toFixed(2)).join(" / ")),
  ]),
)}`;
};

const table2 = (
  { rows }: Results["table2"],
  { images }: Manifest,
  link: Link,
): string => `## Table 2: encoding and decoding

x_0 to x_T to x_0 with S steps each way (η = 0), on ${images} images that were not trained on: squared error per dimension, pixels in [0, 1],
± 1.96 standard errors over the images.

${markdownTable(
  ["S", ...rows.map(({ S }) => String(S))],
  [
    [
      "here",
      ...rows.map(({ error, standardError }) => `${error.toPrecision(2)} ± ${(1.96 * standardError).toPrecision(1)}`),
    ],
    ["paper, CIFAR-10", ...rows.map(({ S }) => String(paperTable2.find((row) => row.S === S)?.error ?? "-"))],
  ],
)}

![Error against S](${link("table2.svg")})`;

const figure3 = ({ pictures }: Results["figure3"], _: Manifest, link: Link): string => {
  const steps = stepsOf(pictures);
  return `## Figure 3: samples by S and η

The first sixteen samples of every cell of Table 1: the same place is the same x_T.

${markdownTable(
  ["", ...columns.map(({ label }) => label)],
  steps.map((S) => [
    `S = ${S}`,
    ...columns.map(({ id, label }) => {
      const { file } = pictures.find((one) => one.S === S && one.column === id)!;
      return `![${label}, S = ${S}](${link(file)})`;
    }),
  ]),
)}`;
};

const figure4 = (
  { points, fit, batch, machine }: Results["figure4"],
  { backend }: Manifest,
  link: Link,
): string => `## Figure 4: time against S

${batch} samples at once, the fastest of several repetitions, on ${machine}; ${backend}.

${markdownTable(
  ["S", ...points.map(({ S }) => String(S))],
  [["seconds", ...points.map(({ seconds }) => short(seconds))]],
)}

Least squares: ${(1000 * fit.slope).toPrecision(3)} ms per step and ${(1000 * fit.intercept).toPrecision(2)} ms, R² = ${fit.r2.toFixed(5)}.

![Time against S](${link("figure4.svg")})`;

const figure5 = (
  { file, steps, similarity }: Results["figure5"],
  _: Manifest,
  link: Link,
): string => `## Figure 5: one x_T at different S

Each row is one x_T, drawn with S = ${steps.join(", ")} from left to right (η = 0).

![Samples of the same latents at different S](${link(file)})

Mean cosine of the centred classifier features with those at S = ${steps.at(-1)}, over all samples:

${markdownTable(
  ["S", ...similarity.map(({ S }) => String(S))],
  [
    ["the same x_T", ...similarity.map(({ same }) => same.toFixed(3))],
    ["another x_T", ...similarity.map(({ other }) => other.toFixed(3))],
  ],
)}`;

const stationsTable = ({ slerp, lerp, blend }: Results["figure6"]["latents"]): string =>
  markdownTable(
    ["way", ...slerp.map((_, i) => (i / (slerp.length - 1)).toFixed(1))],
    [
      ["great circle in x_T", ...slerp.map((p) => p.toFixed(2))],
      ["straight line in x_T", ...lerp.map((p) => p.toFixed(2))],
      ["pixels blended", ...blend.map((p) => p.toFixed(2))],
    ],
  );

const figure6 = (
  { latents, images }: Results["figure6"],
  _: Manifest,
  link: Link,
): string => `## Figure 6: interpolation

Spherical interpolation of x_T, each row between two random latents:

![Paths between random latents](${link(latents.file)})

How sure the classifier is of its answer, the mean over ${latents.paths} paths (the first are drawn above):

${stationsTable(latents)}

And between the latents of two images each that were not trained on, at the ends of the rows:

![Paths between encoded images](${link(images.file)})

${stationsTable(images)}`;

const distances = (points: readonly { sampler: string; S: number; distance: number | null }[]): string => {
  const names = [...new Set(points.map(({ sampler }) => sampler))];
  const steps = stepsOf(points);
  return markdownTable(
    ["", ...steps.map((S) => `S = ${S}`)],
    names.map((name) => [
      name,
      ...steps.map((S) => {
        const point = points.find((one) => one.sampler === name && one.S === S)!;
        return point.distance === null ? "diverged" : short(point.distance);
      }),
    ]),
  );
};

const exact = (
  { gaussian, mixture, cloud }: Results["exact"],
  _: Manifest,
  link: Link,
): string => `## The samplers alone: exact denoisers, no network

With the optimal denoiser in closed form, what is left is the sampler's own error. All start from the exact marginal at T.

### Gaussian data, exact moments

Variances ${gaussian.variances.join(", ")} along three directions. Every sampler here is linear then, so the Gaussian that it ends in is known exactly:
its 2-Wasserstein distance to the data, without drawing anything.

${distances(gaussian.points)}

![Distance of every sampler against S](${link("exact-gaussian.svg")})

Slopes of log distance against log S, from S = 50 on:

${markdownTable(
  ["", "slope", "R²"],
  gaussian.slopes.map(({ sampler, slope, r2 }) => [sampler, slope.toFixed(3), r2.toFixed(4)]),
)}

### A mixture of eight Gaussians in the plane

Sliced Wasserstein distance of ${mixture.n.toLocaleString("en")} points to five times as many of the data; as many other points of the data score ${short(mixture.floor)}, the dashed line.

${distances(mixture.points)}

![Distance on the mixture against S](${link("exact-mixture.svg")})

### The training images as a cloud of points

The optimal denoiser of the ${cloud.images.toLocaleString("en")} training images as they are: what a network that memorises them would become. Sliced
Wasserstein distance of ${cloud.n} samples to the cloud; ${cloud.n} images drawn from the cloud score ${short(cloud.floor)}.

${distances(cloud.points)}

Errors of the pixels' means and standard deviations (root mean squares over the pixels):

${distances(cloud.points.map(({ mean, ...point }) => ({ ...point, sampler: `${point.sampler}, mean`, distance: mean })))}

${distances(cloud.points.map(({ deviation, ...point }) => ({ ...point, sampler: `${point.sampler}, deviation`, distance: deviation })))}

![Distance to the cloud against S](${link("exact-cloud.svg")})`;

const sections: {
  readonly [Part in keyof Results]: (result: Results[Part], manifest: Manifest, link: Link) => string;
} = {
  table1,
  table2,
  figure3,
  figure4,
  figure5,
  figure6,
  exact,
};

const trendList = (trends: readonly Trend[]): string =>
  markdownTable(
    ["what the paper shows", "here", "numbers"],
    trends.map(({ claim, seen, evidence, otherwise }) => [
      claim,
      seen ? "seen" : "**differs**",
      seen ? evidence : `${evidence}. ${otherwise}`,
    ]),
    { text: true },
  );

const provenance = (manifest: Manifest): string =>
  markdownTable(
    ["", ""],
    [
      [
        "network",
        `${manifest.model.name}, step ${manifest.model.step}, ${manifest.model.weights}, SHA-256 ${manifest.model.sha256}`,
      ],
      [
        "features",
        `${manifest.features.d}, of a classifier with ${(100 * manifest.features.accuracy).toFixed(2)} % accuracy, SHA-256 ${manifest.features.sha256}`,
      ],
      [
        "reference",
        `${manifest.reference.data.name}, ${manifest.reference.data.rows} images, SHA-256 of their features' moments ${manifest.reference.sha256}`,
      ],
      ["held out", `${manifest.heldOut.name}, ${manifest.heldOut.rows} images`],
      ["schedule", `${manifest.schedule}, sub-sequences ${manifest.tau}`],
      ["key", String(manifest.seed)],
      ["samples at once", String(manifest.batch)],
      ["backend", manifest.backend],
    ],
    { text: true },
  );

/** The report in Markdown of the parts that there are, as text that a command generates. */
export const report = (reported: Reported, command: string, link: Link): string => {
  const made = reproduceParts.filter((part) => reported[part] !== undefined);
  const trends = made.flatMap((part) => trendsOf[part](reported[part]!.result as never));
  const body = made.map((part) => {
    const { result, manifest } = reported[part]!;
    return (sections[part] as (result: unknown, manifest: Manifest, link: Link) => string)(result, manifest, link);
  });
  const manifest = reported[made[0]!]!.manifest;
  const seen = trends.filter((trend) => trend.seen).length;
  return `# The paper, reproduced

Tables and figures of *Denoising Diffusion Implicit Models* ([arXiv 2010.02502](https://arxiv.org/abs/2010.02502)) in kind, on our own data and networks. This page is
generated; nothing in it is typed. To make it again, to the printed digits on the same backend (but for times):

\`\`\`sh
${command}
\`\`\`

${provenance(manifest)}

## What must be seen

${seen} of ${trends.length}:

${trendList(trends)}

${body.join("\n\n")}
`;
};
