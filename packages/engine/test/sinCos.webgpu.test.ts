import { ops } from "@nonmarkov/autodiff";
import { env } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { start } from "../src/index.ts";

test.each(["sin", "cos"] as const)("%s is right to the last digits for every angle up to thousands", async (name) => {
  await start({ backend: "webgpu" });
  env().set("WEBGPU_CPU_FORWARD", false); // tfjs would compute tensors this small on the processor
  const angles = Float32Array.from({ length: 40_000 }, (_, i) => (i - 20_000) * 0.1037);
  const x = ops.tensor(angles, [200, 200], "float32");
  const y = ops[name](x);
  const got = await y.data();
  angles.forEach((angle, i) => {
    if (!(Math.abs(got[i]! - Math[name](angle)) < 3e-7))
      throw new Error(`${name}(${angle}) must be ${Math[name](angle)}, got ${got[i]}`);
  });
  expect(y.shape).toEqual([200, 200]);
  x.dispose();
  y.dispose();
});
