/**
 * Appendix A on pictures: digits of 8x8 pixels with four grey levels each, as classes and not as numbers. Trains a small
 * network that predicts the clean level of every pixel for about a minute, samples it with the implicit member and with
 * multinomial diffusion in few and in many steps, and measures how far the samples are from the nearest drawn digit.
 *
 *     npx tsx examples/discreteGlyphs.ts [--steps 2500]
 */
import { parseArgs } from "node:util";
import { treeDispose } from "@nonmarkov/autodiff";
import { batchAt, glyphs } from "@nonmarkov/data";
import {
  crossEntropyLoss,
  discreteDdim,
  drawUniform,
  implicit,
  multinomial,
  sample,
  tensorDenoiser,
  variationalBound,
  type Planner,
} from "@nonmarkov/discrete";
import { start } from "@nonmarkov/engine";
import { denoiserOf, mlp } from "@nonmarkov/nets";
import { foldIn, integers, key, type Key } from "@nonmarkov/random";
import { cosine, everyT, linearTau } from "@nonmarkov/schedule";
import { adam, cosineRate, disposeState, ema, fit, initialState } from "@nonmarkov/train";

const { values } = parseArgs({ options: { steps: { type: "string", default: "2500" } } });
const steps = Number(values.steps);
const root = key(7);
const [side, classes] = [8, 4];
const dims = side * side;
const shape = [dims * classes];

/** Drawn digits: the middle 24x24 of 28x28 pixels, averaged three by three and rounded to four levels. */
const draw = (k: Key, count: number): Uint8Array => {
  const { x } = batchAt(glyphs(), k, 0, count);
  const levels = new Uint8Array(count * dims);
  levels.forEach((_, i) => {
    const [image, row, column] = [Math.floor(i / dims), Math.floor((i % dims) / side), i % side];
    let light = 0;
    for (let dy = 0; dy < 3; dy++)
      for (let dx = 0; dx < 3; dx++)
        light += (x[image * 784 + (2 + 3 * row + dy) * 28 + 2 + 3 * column + dx]! + 1) / 18;
    levels[i] = Math.min(classes - 1, Math.floor(1.3 * classes * light));
  });
  return levels;
};
const data = draw(foldIn(root, 0), 8000);
const held = draw(foldIn(root, 1), 128);
const count = data.length / dims;

/** Some rows as pictures side by side. */
const show = (x: ArrayLike<number>, pictures: number): void => {
  for (let row = 0; row < side; row++) {
    const line = Array.from({ length: pictures }, (_, n) =>
      Array.from({ length: side }, (_, column) => "·░▒█"[x[n * dims + row * side + column]!]!.repeat(2)).join(""),
    );
    console.log(line.join("  "));
  }
};

/** The mean over rows of the number of pixels that differ from the nearest drawn digit. */
const distance = (x: ArrayLike<number>, rows: number): number => {
  let total = 0;
  for (let n = 0; n < rows; n++) {
    let nearest = dims;
    for (let m = 0; m < count; m++) {
      let differ = 0;
      for (let j = 0; j < dims && differ < nearest; j++) if (x[n * dims + j] !== data[m * dims + j]) differ++;
      nearest = Math.min(nearest, differ);
    }
    total += nearest;
  }
  return total / rows;
};

const { backend, why } = await start();
console.log(`${backend}: ${why}\n\nthe data, ${count} digits of ${dims} pixels with ${classes} levels`);
show(data, 8);

const schedule = cosine({ T: 100 });
const net = mlp({ dim: dims * classes, hidden: 256, depth: 3 });
const training = {
  loss: crossEntropyLoss({ schedule, net, shape, classes }),
  optimizer: adam({ rate: cosineRate({ from: 2e-3, steps }) }),
  emaDecay: ema({ decay: 0.99 }),
};
const params = net.init(foldIn(root, 2));
let state = initialState(training, params, foldIn(root, 3));
treeDispose(params);
const denoiser = () => tensorDenoiser(denoiserOf(net, state.ema), { shape, classes });

/** The bound of digits that training does not see. */
const bits = async (planner: Planner): Promise<string> => {
  const table = planner(schedule, everyT(schedule.T));
  const bound = await variationalBound(held, { table, denoiser: denoiser(), rows: 128, classes, key: foldIn(root, 4) });
  return `${bound.total.toFixed(3)} bits per pixel`;
};
console.log(`\nbefore: bound of multinomial diffusion ${await bits(multinomial({ classes }))}`);

const batch = (k: Key, step: number) => {
  const size = 64;
  const x = new Uint8Array(size * dims);
  integers(foldIn(k, step), size, 0, count).forEach((m, n) => x.set(data.subarray(m * dims, (m + 1) * dims), n * dims));
  return { x, size };
};
let recent: number[] = [];
for await (const event of fit(training, { state, until: steps, batch })) {
  state = event.state;
  recent.push(event.loss);
  if (event.step % Math.ceil(steps / 5) === 0 || event.step === 1) {
    const mean = recent.reduce((a, b) => a + b, 0) / recent.length;
    console.log(`step ${event.step}: cross-entropy ${mean.toFixed(3)} nats per pixel`);
    recent = [];
  }
}
console.log(`after: bound of multinomial diffusion ${await bits(multinomial({ classes }))}`);
console.log(`       bound of the member eta = 1    ${await bits(discreteDdim({ eta: 1 }))}`);

const rows = 64;
const xT = drawUniform(foldIn(root, 5), { rows, dims, classes });
const planners: readonly (readonly [string, Planner])[] = [
  ["implicit", implicit()],
  ["eta 0.5", discreteDdim({ eta: 0.5 })],
  ["eta 1", discreteDdim({ eta: 1 })],
  ["multinomial", multinomial({ classes })],
];
const counts = [5, 10, 50];
const lines = [["pixels off the nearest digit".padEnd(30), ...counts.map((S) => `S=${S}`.padStart(8))].join("")];
for (const [name, planner] of planners) {
  const cells: string[] = [];
  for (const S of counts) {
    const table = planner(schedule, linearTau(schedule.T, S));
    const x = await sample({ table, denoiser: denoiser(), xT, rows, classes, key: foldIn(root, 6) });
    cells.push(distance(x, rows).toFixed(2).padStart(8));
    if ((name === "implicit" || name === "multinomial") && S !== 10) {
      console.log(`\n${name}, ${S} evaluations`);
      show(x, 8);
    }
  }
  lines.push(name.padEnd(30) + cells.join(""));
}
lines.push(`${"drawn digits not in the data".padEnd(30)}${distance(held, 128).toFixed(2).padStart(8)}`);
console.log(`\n${lines.join("\n")}`);
disposeState(state);
