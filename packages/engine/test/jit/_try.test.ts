import { jit } from "@nonmarkov/engine";
import { valueAndGrad, ops, own, treeDispose } from "@nonmarkov/autodiff";
import { beforeAll, test } from "vitest";
import { startGuarded } from "../kernels/reference/guarded.ts";
import { batchOf, parametersOf, subjects } from "./reference/networks.ts";
import { ours } from "../kernels/reference/run.ts";
import { build } from "../../src/jit/jit.ts";
import { record } from "../../src/jit/record.ts";
import { optimise } from "../../src/graph/optimise.ts";
import { compile } from "../../src/jit/compile.ts";
import { treeLeaves, treeMap } from "@nonmarkov/autodiff";
beforeAll(async () => { await startGuarded(2); });
test("time", () => {
  for (let i = 0; i < 3; i++) {
  const s = subjects["a U-Net"]!;
  const p = parametersOf(s, 1), b = batchOf(s, 3, 1);
  const leaves = treeLeaves(p);
  const f = (xs: readonly any[]) => { let k = 0; const q = treeMap(() => xs[k++], p); return valueAndGrad((q: any) => own(() => ops.mean(ops.square(s.net.apply(q, xs[k]!, xs[k + 1]!)))))(q) as any; };
  const t0 = performance.now();
  treeDispose(f([...leaves, ...b]));
  const t1 = performance.now();
  const r = record(ours(), [...leaves, ...b] as any, f);
  const t2 = performance.now();
  const g = optimise(r.graph);
  const t3 = performance.now();
  const c = compile(ours(), g, false);
  const t4 = performance.now();
  for (const t of c.run([...leaves, ...b] as any)) t.dispose();
  const t5 = performance.now();
  console.log("eager", t1 - t0, "record", t2 - t1, "optimise", t3 - t2, "compile", t4 - t3, "run", t5 - t4, "nodes", r.graph.nodes.length, g.nodes.length);
  }
});
