import { batchAt, eightGaussians } from "@nonmarkov/data";
import { slicedWasserstein } from "@nonmarkov/metrics";
import { gaussianMixture } from "@nonmarkov/nets";
import { key, normal } from "@nonmarkov/random";
import { arraySpace, type Denoiser, pathThrough, sample, type Table, unipc } from "@nonmarkov/samplers";
import { alphaBarAt, karrasGrid, linear } from "@nonmarkov/schedule";

/** Points in the plane on which every sampler is measured: eight Gaussians in a ring, whose denoiser is known exactly. */
export const mixture = gaussianMixture({
  means: Array.from({ length: 8 }, (_, k) => [1.4 * Math.cos((k * Math.PI) / 4), 1.4 * Math.sin((k * Math.PI) / 4)]),
  covariances: Array.from({ length: 8 }, () => 0.15 ** 2),
});
export const schedule = linear({ T: 1000 });
export const points = 1000;

const space = arraySpace({ rows: points });
const denoiser: Denoiser<Float64Array> = (x, t) => mixture.eps(x, alphaBarAt(schedule, t));

/** Exact draws at index T: data, noised. */
const xT = ((): Float64Array => {
  const data = batchAt(eightGaussians.dataset, key(1), 0, points).x;
  const z = normal(key(2), 2 * points);
  const alphaBar = schedule.alphaBar[schedule.T]!;
  return Float64Array.from(data, (x, i) => Math.sqrt(alphaBar) * x + Math.sqrt(1 - alphaBar) * z[i]!);
})();

/** The path that all samplers take: S levels of Karras's grid with rho = 7 over the schedule's range, then clean data. */
export const pathOf = (S: number) => pathThrough(schedule, karrasGrid(schedule, S));

/** Where a table takes the points. */
export const run = (table: Table): Promise<Float64Array> => sample({ table, denoiser, xT, space, key: key(3) });

/** Where the ODE takes them down to the last level of the grid, and the last move from there: the limit of every sampler of it. */
export const reference = (): Promise<Float64Array> => run(unipc({ order: 3 })(schedule, pathOf(1000)));

const referenceData = {
  n: 5 * points,
  d: 2,
  data: Float64Array.from(batchAt(eightGaussians.dataset, key(4), 0, 5 * points).x),
};

/** Sliced Wasserstein distance to five times as many points of the data. */
export const distanceToData = (x: Float64Array): number =>
  slicedWasserstein({ n: points, d: 2, data: x }, referenceData, { key: key(5) });

/** The same of as many other points of the data: what a perfect sampler scores. */
export const floor = (): number =>
  distanceToData(Float64Array.from(batchAt(eightGaussians.dataset, key(6), 0, points).x));
