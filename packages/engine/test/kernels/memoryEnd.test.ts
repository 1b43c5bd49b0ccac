import { expect, test } from "vitest";
import { makeBackend } from "../../src/backend/backend.ts";
import { execute } from "../../src/backend/execute.ts";
import { lower } from "../../src/commands/lower.ts";
import { makeMachine } from "../../src/machine/machine.ts";
import { sizeOf } from "./reference/numbers.ts";

const image = { strides: 1, dilations: 1, pad: "same", dataFormat: "NHWC" };

/** Kernels whose inputs fill their cache lines, but not the vectors of their rows. */
const kernels: readonly (readonly [op: string, shapes: readonly (readonly number[])[], attrs: Readonly<Record<string, unknown>>])[] = [
  ["BatchMatMul", [[16, 5], [16, 3]], { transposeA: true, transposeB: false }],
  ["BatchMatMul", [[5, 16], [16, 5]], { transposeA: false, transposeB: false }],
  ["BatchMatMul", [[5, 16], [5, 16]], { transposeA: false, transposeB: true }],
  ["Conv2D", [[1, 16, 16, 1], [3, 3, 1, 16]], image],
  ["Conv2D", [[1, 4, 4, 5], [2, 2, 5, 4]], image],
  ["Conv2DBackpropInput", [[1, 16, 16, 5], [3, 3, 16, 5]], { ...image, inputShape: [1, 16, 16, 16] }],
  ["Conv2DBackpropFilter", [[1, 16, 16, 5], [1, 16, 16, 5]], { ...image, filterShape: [3, 3, 5, 5] }],
  ["Conv2DBackpropFilter", [[1, 4, 4, 5], [1, 4, 4, 5]], { ...image, filterShape: [5, 5, 5, 5] }],
  ["GroupNorm", [[1, 16, 6], [6], [6]], { groups: 2, eps: 1e-3, silu: true }],
  ["GroupNormGrad", [[1, 16, 6], [1, 16, 6], [6], [6], [1, 2], [1, 2]], { groups: 2, eps: 1e-3, silu: true }],
  ["Attention", [[1, 16, 5], [1, 16, 5], [1, 16, 5]], { scale: 1 }],
  ["AttentionGrad", [[1, 16, 5], [1, 16, 5], [1, 16, 5], [1, 16, 5], [1, 16, 5], [1, 16]], { scale: 1 }],
  ["Softmax", [[16, 5]], {}],
  ["Sum", [[16, 5]], { axis: [0] }],
  ["Max", [[16, 5]], { axis: [1] }],
  ["Transpose", [[16, 5]], { perm: [1, 0] }],
  ["Add", [[16, 16], [16, 1]], {}],
  ["Slice", [[16, 5]], { begin: [3, 2], size: [13, 3] }],
  ["AvgPool", [[1, 4, 4, 5]], { filterSize: 2, strides: 2, pad: "valid" }],
]; // prettier-ignore

/** Runs a kernel with one of its inputs `slack` bytes from the end of the memory; false if the memory grows for it. */
const runAtTheEnd = async (
  [op, shapes, attrs]: (typeof kernels)[number],
  last: number,
  slack: number,
): Promise<boolean> => {
  const machine = await makeMachine(1);
  const backend = makeBackend(machine);
  const hole = machine.allocate(4 << 20)!; // for all that comes later
  const others = shapes.map((shape, i) => (i === last ? undefined : backend.make(shape, "float32")));
  const end = machine.memory.buffer.byteLength;
  const next = machine.allocate(64)! + 64;
  machine.allocate(end - next - Math.ceil((4 * sizeOf(shapes[last]!)) / 64) * 64 - slack);
  const made = backend.make(shapes[last]!, "float32");
  if (machine.memory.buffer.byteLength > end) return false;
  machine.release(hole);
  const inputs = others.map((info) => info ?? made);
  execute(backend, lower(op, inputs as never, attrs)!, inputs);
  return true;
};

test.each(kernels)(
  "%s %j reads its inputs as far as they go, also where the memory ends behind them",
  async (...kernel) => {
    for (let last = 0; last < kernel[1].length; last++) {
      let ran = false;
      for (let slack = 0; !ran && slack <= 256; slack += 64) ran = await runAtTheEnd(kernel, last, slack);
      expect(ran).toBe(true);
    }
  },
);
