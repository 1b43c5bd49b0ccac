import { expect, test } from "vitest";
import type { Use } from "../../src/graph/graph.ts";
import { composePrograms } from "../../src/graph/programs/composePrograms.ts";
import { showProgram } from "../../src/graph/programs/showProgram.ts";

const [x, y, sum]: Use[] = [0, 1, 2].map((value) => ({ value, shape: [2, 3] }));

const adds = {
  program: { inputs: 2, instructions: [{ op: "add" as const, args: [0, 1] }], outputs: [2] },
  inputs: [x!, y!],
  outputs: [sum!.value],
};

test("a later part takes what an earlier one made from its register, and shares what both read", () => {
  const multiplies = {
    program: { inputs: 2, instructions: [{ op: "mul" as const, args: [1, 0] }], outputs: [2] },
    inputs: [y!, sum!],
    outputs: [3],
  };
  const { program, inputs, outputs } = composePrograms([adds, multiplies], [3, 2]);
  expect(showProgram(program)).toBe("t0 = (x0 + x1); (t0 * x1), t0");
  expect(inputs).toEqual([x, y]);
  expect(outputs).toEqual([3, 2]);
});

test("a part may give back what it reads", () => {
  const copies = { program: { inputs: 1, instructions: [], outputs: [0] }, inputs: [sum!], outputs: [3] };
  expect(showProgram(composePrograms([adds, copies], [3]).program)).toBe("(x0 + x1)");
});
