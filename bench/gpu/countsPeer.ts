import { writeFileSync } from "node:fs";
import { ops, own, type Tensor, type Tree, treeDispose, valueAndGrad } from "@nonmarkov/autodiff";
import { outline, start } from "@nonmarkov/engine";
import { unet } from "@nonmarkov/nets";
import { key } from "@nonmarkov/random";
import { configs } from "./cases.ts";

/**
 * What the recorded CIFAR-10 U-Net consists of on WebGPU, without running it: dispatches, bytes, FLOPs. The argument is the
 * file for the results.
 */
const [out = "counts.json"] = process.argv.slice(2);
await start({ backend: "webgpu" });
const net = unet(configs.cifar);
const params = net.init(key(1)) as Tree;
const counts: Record<string, object> = {};
const evaluate = (p: Tree, x: Tensor, t: Tensor): Tensor => net.apply(p as never, x, t);
const loss = (p: Tree, [x, t]: readonly Tensor[]): Tensor => own(() => ops.mean(ops.square(evaluate(p, x!, t!))));
for (const batch of [1, 16]) {
  const [x, t] = [ops.zeros([batch, 32, 32, 3]), ops.fill([batch], 500)];
  const { text: _, ...forward } = outline(evaluate, params, x, t);
  counts[`forward_b${batch}`] = forward;
  if (batch > 1) {
    const differentiate = valueAndGrad(loss);
    const { text: __, ...gradient } = outline(
      (p: Tree, e: Tensor[]) => differentiate(p, e) as unknown as Tree,
      params,
      [x, t],
    );
    counts[`gradient_b${batch}`] = gradient;
  }
  treeDispose([x, t]);
}
writeFileSync(out, `${JSON.stringify(counts, null, 1)}\n`);
process.exit(0);
