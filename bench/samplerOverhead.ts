import { normalTensor, tensorSpace, treeDispose, type Tensor } from "@nonmarkov/autodiff";
import { start } from "@nonmarkov/engine";
import { denoiserOf, unet } from "@nonmarkov/nets";
import { key } from "@nonmarkov/random";
import { ddim, sample, sigmaHat, type Planner } from "@nonmarkov/samplers";
import { linear, linearTau } from "@nonmarkov/schedule";
import { spread, type Spread } from "./spread.ts";

/** How much of a sampling run is not the network's: 1 - (time inside the denoiser) / (time of the run). */
type Overhead = { readonly sampler: string; readonly share: Spread };

const batch = 16;
const S = 50;
const runs = 7;

/**
 * The sampler's own cost in a 50-step run of the MNIST U-Net (28x28, patch 2, base 32, mults 1,2) at batch 16. The samplers
 * alternate in one process; on nonmarkov a kernel is done when its call returns, so the denoiser's time is the network's.
 */
export const samplerOverhead = async (): Promise<object> => {
  const { backend, why } = await start({ backend: "nonmarkov" });
  const net = unet({ height: 28, width: 28, channels: 1, patch: 2, base: 32, mults: [1, 2] });
  const params = net.init(key(1));
  const schedule = linear();
  const tau = linearTau(schedule.T, S);
  const xT = normalTensor(key(2), [batch, 28, 28, 1]);
  const network = denoiserOf(net, params);
  const samplers: readonly (readonly [string, Planner])[] = [
    ["ddim eta=0", ddim()],
    ["ddim eta=0.5", ddim({ eta: 0.5 })],
    ["ddim eta=1", ddim({ eta: 1 })],
    ["sigma-hat", sigmaHat()],
  ];

  const measure = async (planner: Planner): Promise<readonly [total: number, network: number]> => {
    const table = planner(schedule, tau);
    let inside = 0;
    const timed = (x: Tensor, t: number): Tensor => {
      const begin = performance.now();
      const output = network(x, t);
      inside += performance.now() - begin;
      return output;
    };
    const begin = performance.now();
    const x = await sample({ table, denoiser: timed, xT, space: tensorSpace, key: key(3) });
    await x.data();
    const total = performance.now() - begin;
    x.dispose();
    return [total, inside];
  };

  await measure(ddim({ eta: 1 }));
  const shares = samplers.map((): number[] => []);
  for (let run = 0; run < runs; run++)
    for (const [i, [, planner]] of samplers.entries()) {
      const [total, inside] = await measure(planner);
      shares[i]!.push(1 - inside / total);
    }
  treeDispose(params);
  xT.dispose();
  const overhead: Overhead[] = samplers.map(([sampler], i) => ({ sampler, share: spread(shares[i]!) }));
  return { backend, why, batch, S, bound: 0.02, overhead };
};
