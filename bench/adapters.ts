import { normalTensor, ops, type Tensor, treeDispose } from "@nonmarkov/autodiff";
import { graphModelDenoiser, type GraphModelLike, onnxDenoiser, type OnnxModel, unetToOnnx } from "@nonmarkov/adapters";
import { openGraphModel, openOnnx } from "@nonmarkov/adapters/node";
import { toFloat32 } from "@nonmarkov/checkpoint";
import { readModel, readModelWeights } from "@nonmarkov/checkpoint/node";
import { start } from "@nonmarkov/engine";
import { denoiserOf, unet, type UnetConfig } from "@nonmarkov/nets";
import { key } from "@nonmarkov/random";
import { treeFromArrays } from "@nonmarkov/train";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeModel } from "../packages/adapters/test/graph/graphBuilder.ts";
import { kerasUnet } from "../packages/adapters/test/graph/kerasUnet.ts";
import { spread, type Spread } from "./spread.ts";

const folder = fileURLToPath(new URL("../models/mnist", import.meta.url));
const threads = Math.min(2, cpus().length);
const rounds = 7;

/** One evaluation of the network at x, its result read back. */
type Evaluate = () => Promise<Float32Array>;

/** Milliseconds of one evaluation, of as many as fill a while. */
const timed = async (evaluate: Evaluate, times: number): Promise<number> => {
  const begin = performance.now();
  for (let i = 0; i < times; i++) await evaluate();
  return (performance.now() - begin) / times;
};

/** All of them in each round, one after the other; the first round warms up. */
const alternating = async <N extends string>(
  evaluations: Readonly<Record<N, Evaluate>>,
  times: number,
): Promise<Readonly<Record<N, Spread>>> => {
  const names = Object.keys(evaluations) as N[];
  const measured = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = 0; round <= rounds; round++)
    for (const name of names) {
      const ms = await timed(evaluations[name], times);
      if (round > 0) measured.get(name)!.push(ms);
    }
  return Object.fromEntries(names.map((name) => [name, spread(measured.get(name)!)])) as Record<N, Spread>;
};

const read = async (y: Tensor | Promise<Tensor>): Promise<Float32Array> => {
  const tensor = await y;
  const values = Float32Array.from(await tensor.data());
  tensor.dispose();
  return values;
};

const largestDifference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i]!)), 0);

const versionOf = (name: string): string =>
  (
    JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), "utf8")) as {
      version: string;
    }
  ).version;

/** The parameters of models/mnist in our engine and in both builds of ONNX Runtime. */
const engines = async (dir: string): Promise<object> => {
  const config = await readModel(folder, (value) => {
    const { kind: _, ...net } = (value as { config: { net: UnetConfig & { kind: string } } }).config.net;
    return net as UnetConfig;
  });
  const net = unet(config);
  const like = net.init(key(0));
  const entries = await readModelWeights(folder);
  const params = treeFromArrays(
    like,
    entries.map(([name, tensor]) => [name, { shape: tensor.shape, data: toFloat32(tensor) }]),
  );
  treeDispose(like);
  const path = join(dir, "mnist.onnx");
  writeFileSync(path, await unetToOnnx(config, params));
  const models = {
    "onnxruntime-node": await openOnnx(path, { runtime: "node", threads }),
    "onnxruntime-web": await openOnnx(path, { runtime: "web", threads }),
  };
  const ours = denoiserOf(net, params);
  const direct =
    ({ session, Tensor: OnnxTensor }: OnnxModel, x: Float32Array, dims: readonly number[]): Evaluate =>
    async () => {
      const given = {
        x: new OnnxTensor("float32", x as never, dims),
        t: new OnnxTensor("float32", Float32Array.of(500) as never, [1]),
      };
      return (await session.run(given as never, ["prediction"]))["prediction"]!.data as Float32Array;
    };
  const batches = [];
  for (const [batch, times] of [
    [1, 12],
    [16, 2],
    [64, 1],
  ] as const) {
    const x = normalTensor(key(batch), [batch, config.height, config.width, config.channels]);
    const values = Float32Array.from(await x.data());
    const through = (model: OnnxModel): Evaluate => {
      const denoise = onnxDenoiser({ model, time: { base: 1, shape: "one" } });
      return () => read(Promise.resolve(denoise(x, 500)));
    };
    const { "onnxruntime-node": native, "onnxruntime-web": web } = models;
    const evaluations = {
      nonmarkov: () => read(ours(x, 500)),
      "onnxruntime-node": direct(native, values, x.shape),
      "onnxruntime-web": direct(web, values, x.shape),
    };
    const wanted = await evaluations.nonmarkov();
    const ms = await alternating(evaluations, times);
    // by themselves: the threads of another library that has just run are still in the way
    const adapter = {
      node: await alternating({ direct: direct(native, values, x.shape), onnxDenoiser: through(native) }, times),
      web: await alternating({ direct: direct(web, values, x.shape), onnxDenoiser: through(web) }, times),
    };
    batches.push({
      batch,
      ms,
      adapter,
      "nonmarkov is faster by": {
        "onnxruntime-node": ms["onnxruntime-node"].median / ms.nonmarkov.median,
        "onnxruntime-web": ms["onnxruntime-web"].median / ms.nonmarkov.median,
      },
      largestDifference: {
        "onnxruntime-node": largestDifference(await evaluations["onnxruntime-node"](), wanted),
        "onnxruntime-web": largestDifference(await evaluations["onnxruntime-web"](), wanted),
      },
    });
    x.dispose();
  }
  for (const { session } of Object.values(models)) await session.release();
  treeDispose(params);
  return { model: "models/mnist", agreementBound: 1e-4, batches };
};

/** Microseconds of the adapter's own work, around a model that does nothing but copy x. */
const alone = (model: GraphModelLike, x: Tensor): Spread => {
  const { inputs, outputs, modelSignature, executeAsync } = model;
  const execute: GraphModelLike["execute"] = (given) => ops.clone(given["image_input"]!);
  const denoise = graphModelDenoiser({ model: { inputs, outputs, modelSignature, execute, executeAsync } });
  const times = 2000;
  const measured = Array.from({ length: rounds + 1 }, () => {
    const begin = performance.now();
    for (let i = 0; i < times; i++) (denoise(x, 500) as Tensor).dispose();
    return ((performance.now() - begin) / times) * 1000;
  });
  return spread(measured.slice(1));
};

/** What the adapter adds to a graph model's evaluation: its inputs made and its result checked. */
const overhead = async (dir: string): Promise<object> => {
  const model = await openGraphModel(writeModel(join(dir, "graph"), kerasUnet({ size: 16, channels: 3, width: 16 })));
  const denoise = graphModelDenoiser({ model });
  const x = normalTensor(key(1), [1, 16, 16, 3]);
  const ms = await alternating(
    {
      direct: () => {
        const t = ops.fill([1], 499, "int32");
        const y = model.execute({ image_input: x, time_input: t }) as Tensor;
        t.dispose();
        return read(y);
      },
      adapter: () => read(Promise.resolve(denoise(x, 500))),
    },
    40,
  );
  const adapterAloneMicroseconds = alone(model, x);
  x.dispose();
  model.dispose();
  return { model: "a U-Net of 16 x 16 x 3, batch 1", ms, adapterAloneMicroseconds };
};

/**
 * Networks from elsewhere: the same parameters in our engine and in ONNX Runtime, native and WebAssembly, on two threads, by
 * batch; and what the adapters cost. The engines take turns; each is waited for until its result is in JavaScript.
 */
export const adapters = async (): Promise<object> => {
  const { backend, why } = await start({ backend: "nonmarkov", threads });
  const dir = mkdtempSync(join(tmpdir(), "nonmarkov-bench-"));
  try {
    return {
      backend,
      why,
      threads,
      versions: Object.fromEntries(
        ["onnxruntime-node", "onnxruntime-web", "@tensorflow/tfjs-converter"].map((name) => [name, versionOf(name)]),
      ),
      engines: await engines(dir),
      graphModel: await overhead(dir),
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};
