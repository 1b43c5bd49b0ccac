/**
 * Trains an MLP on a swiss roll for about half a minute, samples it with DDIM and DDPM at 20 steps from the same noise,
 * encodes true points and decodes them again, and draws it all into the terminal.
 *
 *     npx tsx examples/trainAndSample.ts
 */
import { normalTensor, ops, tensorSpace, treeDispose, type Tensor } from "@nonmarkov/autodiff";
import { batchAt, swissRoll } from "@nonmarkov/data";
import { start } from "@nonmarkov/engine";
import { denoiserOf, mlp } from "@nonmarkov/nets";
import { foldIn, key } from "@nonmarkov/random";
import { ddim, ddimEncode, sample, type Table } from "@nonmarkov/samplers";
import { linear, linearTau } from "@nonmarkov/schedule";
import { adam, cosineRate, diffusionLoss, disposeState, ema, fit, initialState } from "@nonmarkov/train";

const root = key(5);
const steps = 1000;
const n = 800;

const { backend, why } = await start();
console.log(`${backend}: ${why}`);

const data = swissRoll.dataset;
const schedule = linear();
const net = mlp({ hidden: 96, depth: 3 });
const training = {
  loss: diffusionLoss({ schedule, net, shape: data.shape }),
  optimizer: adam({ rate: cosineRate({ from: 3e-3, steps }) }),
  emaDecay: ema({ decay: 0.99 }),
};
const params = net.init(foldIn(root, 0));
let state = initialState(training, params, foldIn(root, 1));
treeDispose(params);
for await (const event of fit(training, { state, until: steps, batch: (k, step) => batchAt(data, k, step, 256) })) {
  state = event.state;
  if (event.step % 250 === 0) console.log(`step ${event.step}: loss ${event.loss.toFixed(3)}`);
}

const denoiser = denoiserOf(net, state.ema);
const run = async (table: Table, xT: Tensor): Promise<Tensor> =>
  sample({ table, denoiser, xT, space: tensorSpace, key: foldIn(root, 3) });

/** Points as characters: the more of them in a cell, the darker. */
const plot = async (title: string, points: Tensor): Promise<void> => {
  const [columns, rows, extent] = [56, 24, 2.2];
  const counts = new Int32Array(columns * rows);
  const xy = await points.data();
  for (let i = 0; i < xy.length; i += 2) {
    const column = Math.floor(((xy[i]! + extent) / (2 * extent)) * columns);
    const row = Math.floor(((extent - xy[i + 1]!) / (2 * extent)) * rows);
    if (column >= 0 && column < columns && row >= 0 && row < rows) counts[row * columns + column]!++;
  }
  console.log(`\n${title}`);
  for (let row = 0; row < rows; row++)
    console.log([...counts.subarray(row * columns, (row + 1) * columns)].map((c) => " .:*#"[Math.min(c, 4)]).join(""));
};

const tau = linearTau(schedule.T, 20);
const xT = normalTensor(foldIn(root, 2), [n, 2]);
for (const eta of [0, 1]) {
  const x = await run(ddim({ eta })(schedule, tau), xT);
  await plot(`eta = ${eta}, 20 evaluations`, x);
  x.dispose();
}

const truth = ops.tensor(swissRoll(foldIn(root, 4), n).x, [n, 2]);
for (const S of [10, 20, 50, 100]) {
  const stops = linearTau(schedule.T, S);
  const latent = await run(ddimEncode()(schedule, stops), truth);
  const again = await run(ddim()(schedule, stops), latent);
  const error = ops.mean(ops.square(ops.sub(again, truth)));
  console.log(
    `encode and decode with ${S} steps each: mean squared error ${(await error.data())[0]!.toExponential(2)}`,
  );
  treeDispose([latent, again, error]);
}
treeDispose([xT, truth]);
disposeState(state);
