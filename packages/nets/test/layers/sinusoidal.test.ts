import { ops } from "@nonmarkov/autodiff";
import { beforeAll, describe, expect, test } from "vitest";
import { sinusoidal } from "../../src/layers/sinusoidal.ts";
import { backend } from "../backend.ts";

beforeAll(backend);

describe("sinusoidal", () => {
  test("is sines, then cosines, of t times frequencies from 1 down to 1/10000", () => {
    const t = [1, 17, 1000];
    const got = sinusoidal(ops.tensor(t, [3], "float32"), 6);
    const angles = t.map((ti) => [1, 1e-2, 1e-4].map((f) => ti * f));
    const want = angles.flatMap((row) => [...row.map(Math.sin), ...row.map(Math.cos)]);
    expect(got.shape).toEqual([3, 6]);
    got.dataSync().forEach((v, i) => expect(v).toBeCloseTo(want[i]!, 4));
  });

  test("is cosines first, of frequencies that end otherwise, where asked for", () => {
    const got = sinusoidal(ops.tensor([17], [1], "float32"), 4, { cosFirst: true, frequencyShift: 0 }).dataSync();
    [Math.cos(17), Math.cos(0.17), Math.sin(17), Math.sin(0.17)].forEach((v, i) => expect(got[i]).toBeCloseTo(v, 5));
  });

  test("of an odd number ends in a zero", () => {
    const got = sinusoidal(ops.tensor([2], [1], "float32"), 3).dataSync();
    [Math.sin(2), Math.cos(2), 0].forEach((v, i) => expect(got[i]).toBeCloseTo(v, 6));
  });
});
