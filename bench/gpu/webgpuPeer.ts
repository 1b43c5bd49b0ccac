import { writeFileSync } from "node:fs";
import { setBackend } from "@tensorflow/tfjs-core";
import { key } from "@nonmarkov/random";
import { ops, type Tensor, tensorSpace, type Tree, treeDispose } from "@nonmarkov/autodiff";
import { explain, start } from "@nonmarkov/engine";
import { unet } from "@nonmarkov/nets";
import { spread } from "../spread.ts";
import { casesOf, configs, type Size } from "./cases.ts";

/**
 * The CIFAR-10 U-Net of Ho et al. on WebGPU, in milliseconds: evaluations, 50 steps of DDIM, training steps. Arguments: the
 * file for the results; "cifar", or "tiny" for a small network that tries the script out; "ours", or "stock" for tfjs's
 * backend as it is published; names of cases, if not all. It is bundled into one file (bench/bundle), so it takes no other
 * packages at run time than `webgpu`.
 */
const [out = "webgpu.json", size = "cifar", who = "ours", ...wanted] = process.argv.slice(2);
const result: Record<string, unknown> = { who, node: process.versions.node, rows: {} };
const rows = result["rows"] as Record<string, unknown>;
const keep = (): void => writeFileSync(out, `${JSON.stringify(result, null, 1)}\n`);

const seconds = 6;
const most = 20;

/** tfjs's backend with its own kernels, on a device with the adapter's limits, as tfjs would ask for. */
const startStock = async (): Promise<string> => {
  const { create, globals } = (await import("webgpu")) as unknown as { create: (o: string[]) => GPU; globals: object };
  Object.assign(globalThis, globals);
  const gpu = create([]);
  if ((globalThis as { navigator?: object }).navigator === undefined) Object.assign(globalThis, { navigator: { gpu } });
  else Object.defineProperty(globalThis.navigator, "gpu", { value: gpu, configurable: true });
  await import("@tensorflow/tfjs-backend-webgpu");
  await setBackend("webgpu");
  return "tfjs-backend-webgpu as published";
};

result["why"] = who === "stock" ? await startStock() : (await start({ backend: "webgpu" })).why;
const adapter = (await (globalThis.navigator as unknown as { gpu: GPU }).gpu.requestAdapter())!;
const limits = Object.keys(Object.getPrototypeOf(adapter.limits) as object);
result["features"] = [...adapter.features];
result["limits"] = Object.fromEntries(
  limits.map((name) => [name, (adapter.limits as unknown as Record<string, number>)[name]]),
);
const cases = casesOf(size as Size);
for (const name of wanted.length > 0 ? wanted : Object.keys(cases)) {
  try {
    const begin = performance.now();
    const work = cases[name]!();
    for (let i = 0; i < 2; i++) await work.run();
    const warmUp = performance.now() - begin;
    const [ms, js]: [number[], number[]] = [[], []];
    for (
      const from = performance.now();
      ms.length < 3 || (ms.length < most && performance.now() - from < 1e3 * seconds);
    ) {
      const before = performance.now();
      js.push(await work.run());
      ms.push(performance.now() - before);
    }
    rows[name] = { ...spread(ms), js: spread(js).median, warmUp };
    work.dispose();
  } catch (error) {
    rows[name] = { error: error instanceof Error ? error.message : String(error) };
  }
  console.log(who, name, JSON.stringify(rows[name]));
  keep();
}
if (who === "ours" && wanted.length === 0) {
  const net = unet(configs[size as Size]);
  const { height, width, channels } = configs[size as Size];
  const params = net.init(key(1)) as Tree;
  for (const batch of size === "tiny" ? [1] : [1, 16, 256]) {
    const x = tensorSpace.normal(key(2), ops.zeros([batch, height, width, channels]), 0);
    const t = ops.tensor([500]);
    const { text, ...explained } = await explain(
      (p: Tree, xs: Tensor, ts: Tensor) => net.apply(p as never, xs, ts),
      ...([params, x, t] as const),
    );
    writeFileSync(out.replace(/(\.json)?$/, `-b${batch}.txt`), text);
    result[`explained_b${batch}`] = explained;
    keep();
    treeDispose([x, t]);
  }
  treeDispose(params);
}
process.exit(0);
