import { normalTensor, ops, own, type Tensor, treeAdd, treeDispose, treeMapEntries } from "@nonmarkov/autodiff";
import { start } from "@nonmarkov/engine";
import { labelTensor, type Net, unet, type UnetConfig, type UnetTree } from "@nonmarkov/nets";
import { foldIn, key } from "@nonmarkov/random";
import { memory } from "@tensorflow/tfjs-core";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noNative, quickest, runtimes } from "../../../../test/onnxRuntimes.ts";
import { onnxDenoiser, unetToOnnx, type UnetToOnnxOptions } from "../../src/index.ts";
import { openOnnx } from "../../src/node/index.ts";

const dir = mkdtempSync(join(tmpdir(), "nonmarkov-onnx-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
beforeAll(async () => {
  await start({ backend: "nonmarkov" });
});

type Params = UnetTree<Tensor>;

/** Parameters away from the start, where the zeros of the last layers would hide mistakes in the others. */
const moved = (net: Net<Params>): Params => {
  const first = net.init(key(1));
  let i = 0;
  const by = treeMapEntries(
    (_, leaf) => own(() => ops.mul(ops.reshape(normalTensor(foldIn(key(2), i++), [1, leaf.size]), leaf.shape), 0.1)),
    first,
  );
  const params = treeAdd(first, by);
  treeDispose(first);
  treeDispose(by);
  return params;
};

const file = async (config: UnetConfig, params: Params, options: UnetToOnnxOptions = {}): Promise<string> => {
  const path = join(dir, `${Math.floor(performance.now() * 1000)}.onnx`);
  writeFileSync(path, await unetToOnnx(config, params, options));
  return path;
};

const small = { height: 8, width: 16, channels: 3, base: 8, mults: [1, 2], groups: 4 } as const;

/** Every option of the networks. */
const configs: Readonly<Record<string, UnetConfig>> = {
  plain: { ...small, midAttention: false },
  "one channel, more blocks": { ...small, channels: 1, blocks: 2, normEps: 1e-3 },
  attention: { ...small, mults: [1, 2, 1], attention: [4], heads: 2 },
  "attention of one width of heads, other on the way up": { ...small, attention: [8], attentionUp: [4], headWidth: 4 },
  patches: { ...small, patch: 2, outputs: 2 },
  classes: { ...small, classes: 5 },
  "numbers as labels": { ...small, labels: "number" },
  "vectors as labels": { ...small, labels: "vector", embedding: 12 },
  "scale and shift": { ...small, scaleShift: true, midGroups: 0, midScale: Math.SQRT2 },
  "residual blocks that resize": { ...small, resnetDown: [8], resnetUp: [4], downPadding: "both" },
  "cosines first, other frequencies, an odd number of them": {
    ...small,
    base: 9,
    groups: 3,
    cosFirst: true,
    frequencyShift: 0,
  },
  "zeros on all sides, pixels in 0..1": { ...small, downPadding: "both", centred: true, outputs: 6 },
};

/** Labels of three rows. */
const labelsFor = ({ classes = 0, labels, embedding = 4 * 8 }: UnetConfig): Tensor | undefined => {
  if (classes > 0) return labelTensor([4, -1, 0], classes);
  if (labels === "number") return ops.tensor([0.5, 3, 7], [3], "float32");
  return labels === "vector" ? normalTensor(key(9), [3, embedding]) : undefined;
};

const distance = (a: Tensor, b: Tensor): number => {
  const worst = own(() => ops.max(ops.abs(ops.sub(a, b))));
  const [value] = worst.dataSync();
  worst.dispose();
  return value!;
};

describe(`an exported network gives in onnxruntime-${quickest} what it gives here`, () => {
  test.each(Object.keys(configs))("%s", async (name) => {
    const config = configs[name]!;
    const net = unet(config);
    const params = moved(net);
    const labels = labelsFor(config);
    const x = normalTensor(key(3), [3, config.height, config.width, config.channels]);
    const t = ops.tensor([700], [1], "float32");
    const wanted = net.apply(params, x, t, labels);
    const { session, Tensor } = await openOnnx(await file(config, params), { runtime: quickest, threads: 1 });
    const label = labels === undefined ? undefined : Array.from(labels.dataSync());
    const made = await session.run(
      {
        x: new Tensor("float32", x.dataSync() as never, x.shape),
        t: new Tensor("float32", Float32Array.of(700) as never, [1]),
        ...(label === undefined
          ? {}
          : {
              labels:
                config.classes === undefined
                  ? new Tensor("float32", Float32Array.from(label) as never, labels!.shape)
                  : new Tensor("int64", BigInt64Array.from(label.map(BigInt)) as never, [3]),
            }),
      } as never,
      ["prediction"],
    );
    const { data, dims } = made["prediction"]!;
    expect(dims).toEqual(wanted.shape);
    const got = ops.tensor(data as Float32Array, [...dims]);
    expect(distance(got, wanted)).toBeLessThan(1e-4);
    expect(distance(wanted, ops.zerosLike(wanted))).toBeGreaterThan(0.1);
    await session.release();
    treeDispose(params);
    for (const tensor of [x, t, wanted, got, ...(labels === undefined ? [] : [labels])]) tensor.dispose();
  });
});

describe.skipIf(noNative !== "")(`the native runtime${noNative}`, () => {
  test("is here to be compared with", () => expect(quickest).toBe("node"));
});

test.each(runtimes)(
  "in both layouts, with classes, any batch and t in 1..T it is the same denoiser in onnxruntime-%s",
  async (runtime) => {
    const config = { ...small, classes: 5 };
    const net = unet(config);
    const params = moved(net);
    const before = memory().numTensors;
    for (const layout of ["NHWC", "NCHW"] as const) {
      const model = await openOnnx(await file(config, params, { layout }), { runtime, threads: 1 });
      for (const labels of [[1], [4, -1]]) {
        const classes = labelTensor(labels, 5);
        const x = normalTensor(key(4), [labels.length, 8, 16, 3]);
        const denoise = onnxDenoiser({
          model,
          layout,
          labels: classes,
          inputs: { labels: "labels" },
          time: { base: 1 },
        });
        for (const t of [1, 1000]) {
          const [time, got] = [ops.tensor([t], [1], "float32"), await denoise(x, t)];
          const wanted = net.apply(params, x, time, classes);
          expect(distance(got, wanted)).toBeLessThan(1e-4);
          for (const tensor of [time, got, wanted]) tensor.dispose();
        }
        x.dispose();
        classes.dispose();
      }
      await model.session.release();
    }
    expect(memory().numTensors).toBe(before);
    treeDispose(params);
  },
);

test("parameters keep their names, and the same network is written to the same bytes", async () => {
  const config = configs["plain"]!;
  const params = moved(unet(config));
  const [first, second] = [await unetToOnnx(config, params), await unetToOnnx(config, params)];
  expect(Buffer.from(first).equals(Buffer.from(second))).toBe(true);
  expect(Buffer.from(first).includes("up_blocks.1.resnets.0.conv_shortcut.weight")).toBe(true);
  treeDispose(params);
});
