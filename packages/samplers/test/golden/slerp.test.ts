import { slerp } from "@nonmarkov/samplers";
import { describe, expect, test } from "vitest";
import { golden } from "../../../../test/golden.ts";
import { array, expectClose, named, type Tensor, type Tolerance } from "./reference.ts";

type Case = {
  readonly name: string;
  readonly z1: Tensor;
  readonly z2: Tensor;
  readonly alphas: readonly number[];
  readonly result: readonly Tensor[];
};

const file = golden("slerp.json");
const { cases, tolerance } = file.missing
  ? { cases: [], tolerance: { abs: 0, rel: 0 } }
  : file.load<{ cases: readonly Case[]; tolerance: Tolerance }>();
const isEdge = ({ name }: Case): boolean => name.endsWith("_edge");

describe.skipIf(file.missing)(`golden slerp.json${file.missing}`, () => {
  test.each(named(cases.filter((c) => !isEdge(c))))("%s", (_, c) => {
    c.alphas.forEach((u, i) =>
      expectClose(
        slerp(array(c.z1), array(c.z2), u),
        c.result[i]!,
        c.name === "small_angle" ? { abs: 1e-6, rel: 0 } : tolerance,
      ),
    );
  });

  test.each(named(cases.filter(isEdge)))("%s: no number is lost where the reference divides by 0", (_, { z1, z2 }) => {
    const [x, y] = [array(z1), array(z2)];
    expectClose(slerp(x, y, 0), z1, tolerance);
    expectClose(slerp(x, y, 1), z2, tolerance);
    const middle = slerp(x, y, 0.5);
    expect(Math.hypot(...middle)).toBeCloseTo((Math.hypot(...x) + Math.hypot(...y)) / 2, 10);
  });

  test("the file's cases were read", () => expect(cases.length).toBeGreaterThan(0));
});
