import { test, beforeAll } from "vitest";
import { start, jit } from "@nonmarkov/engine";
import { ops, valueAndGrad, grad } from "@nonmarkov/autodiff";
import * as tf from "@tensorflow/tfjs-core";
import { lower } from "../../src/commands/lower.ts";
import { execute } from "../../src/backend/execute.ts";
beforeAll(async () => { await start({ backend: "nonmarkov", threads: 2 }); });
test("A", () => {
  const k = 250000;
  const a = tf.fill([1, k], 1), b = tf.fill([k, 1], 1);
  const guard = Array.from({length: 40}, () => tf.fill([1000], 7));
  console.log("A", tf.matMul(a as any, b as any).dataSync());
  for (const g of guard) if (g.dataSync().some(v => v !== 7)) console.log("guard broken");
});
test("B", () => {
  const backend = tf.engine().backend as any;
  for (const co of [8, 12, 16]) {
  const dy = tf.randomNormal([2, 4, 4, 3]) as any, filter = tf.randomNormal([3, 3, co, 3]) as any, z = tf.randomNormal([2, 8, 8, co]);
  const attrs = { strides: [2, 2], pad: "same", dataFormat: "NHWC", inputShape: [2, 8, 8, co] };
  const plain = (tf.engine().runKernel("Conv2DBackpropInput", { dy, filter }, attrs as any) as tf.Tensor).dataSync();
  const program = { inputs: 2, instructions: [{ op: "add", args: [0, 1] }, { op: "mul", args: [2, 1] }, { op: "sub", args: [3, 2] }, { op: "mul", args: [4, 3] }], outputs: [5] };
  const l = lower("Conv2DBackpropInput", [dy, filter, z] as any, { ...attrs, epilogue: program } as any)!;
  const [got] = execute(backend, l, [dy, filter, z]);
  const g = backend.readSync(got!.dataId), zz = z.dataSync();
  let worst = 0;
  for (let i = 0; i < g.length; i++) { const a = plain[i]! + zz[i]!, b = a * zz[i]!, c = b - a, d = c * b; worst = Math.max(worst, Math.abs(d - g[i])); }
  console.log("B", co, worst);
  }
});
test("C", () => {
  const a = tf.randomNormal([2,1,2,1,2,1]), b = tf.randomNormal([1,3,1,3,1,3]);
  const f = (a: any, b: any) => tf.add(tf.mul(a, b), b);
  console.log(f(a,b).shape);
  for (const fusion of [false, true]) try { console.log("C", tf.max(tf.abs(tf.sub(jit(f, { fusion })(a, b), f(a, b)))).dataSync()); } catch (e) { console.log("C", fusion, String(e)); }
});
