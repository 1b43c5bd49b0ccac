import { ops, treeDispose, type Tensor } from "@nonmarkov/autodiff";
import { classifier } from "@nonmarkov/nets";
import { key, normal } from "@nonmarkov/random";
import { memory } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { backend } from "./backend.ts";

beforeAll(backend);

const config = { height: 8, width: 8, channels: 2, classes: 5, widths: [8, 16], hidden: 12, groups: 4 };
const images = (n: number): Tensor => ops.tensor(Float32Array.from(normal(key(1), n * 128)), [n, 8, 8, 2]);

describe("classifier", () => {
  test("features are one number per channel of the last convolution, logits one per class; everything else is freed", () => {
    const net = classifier(config);
    const params = net.init(key(0));
    const x = images(3);
    const before = memory().numTensors;
    const [features, logits] = [net.features(params, x), net.logits(params, x)];
    expect([features.shape, logits.shape]).toEqual([
      [3, 16],
      [3, 5],
    ]);
    expect(memory().numTensors).toBe(before + 2);
    expect(() => net.features(params, logits)).toThrow("x must have the shape [batch, 8, 8, 2], got [3, 5]");
    expect(memory().numTensors).toBe(before + 2);
    [features, logits, x].forEach((tensor) => tensor.dispose());
    treeDispose(params);
  });

  test("the answer for an image does not depend on the others beside it", async () => {
    const net = classifier(config);
    const params = net.init(key(0));
    const [three, one] = [images(3), images(1)];
    const [all, alone] = [net.logits(params, three), net.logits(params, one)];
    const [a, b] = [await all.data(), await alone.data()];
    for (let i = 0; i < 5; i++) expect(Math.abs(a[i]! - b[i]!)).toBeLessThan(1e-5);
    [three, one, all, alone].forEach((tensor) => tensor.dispose());
    treeDispose(params);
  });

  test.each([
    [{ height: 9 }, "height must be divisible by 2, got 9"],
    [{ groups: 3 }, "groups must divide every width, got 3 for 8"],
    [{ classes: 1 }, "classes must be an integer >= 2, got 1"],
    [{ widths: [] }, "widths must name at least one layer, got none"],
    [{ hidden: 0 }, "hidden must be an integer >= 1, got 0"],
  ])("%o is refused", (wrong, words) => {
    expect(() => classifier({ ...config, ...wrong })).toThrow(`classifier: ${words}`);
  });
});
