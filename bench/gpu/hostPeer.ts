import { writeFileSync } from "node:fs";
import { ops, tensorSpace } from "@nonmarkov/autodiff";
import { start } from "@nonmarkov/engine";
import { denoiserOf, unet } from "@nonmarkov/nets";
import { key } from "@nonmarkov/random";
import { engine } from "@tensorflow/tfjs-core";
import { spread } from "../spread.ts";
import { configs } from "./cases.ts";

/**
 * What one evaluation of the CIFAR-10 U-Net takes of the host, in milliseconds: all of JavaScript and of Dawn until the
 * call returns. Every dispatch is encoded and submitted as ever, but of no workgroups, for a software rendering computes on
 * the very cores that are timed. The argument is the file for the results.
 */
const [out = "host.json"] = process.argv.slice(2);
const [warmUp, evaluations] = [300, 1200];
await start({ backend: "webgpu" });
const { device } = engine().backend as unknown as { readonly device: GPUDevice };
const { height, width, channels } = configs.cifar;
const net = unet(configs.cifar);
const denoiser = denoiserOf(net, net.init(key(1)));
const x = tensorSpace.normal(key(2), ops.zeros([1, height, width, channels]), 0);

let dispatches = 0;
const pass = GPUComputePassEncoder.prototype;
const dispatch = pass.dispatchWorkgroups;
pass.dispatchWorkgroups = function () {
  dispatches++;
  dispatch.call(this, 0, 0, 0);
};
const ms: number[] = [];
for (let i = 0; i < warmUp + evaluations; i++) {
  dispatches = 0;
  const before = performance.now();
  const eps = denoiser(x, 500);
  if (i >= warmUp) ms.push(performance.now() - before);
  eps.dispose();
  await device.queue.onSubmittedWorkDone();
}
writeFileSync(out, `${JSON.stringify({ batch: 1, dispatches, milliseconds: spread(ms) })}\n`);
process.exit(0);
