import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { startGuarded } from "./reference/guarded.ts";
import { geometryOf, kernels, type Settings } from "./reference/convolution.ts";
import { matMul } from "./reference/matMul.ts";
import { drawn, type Numbers } from "./reference/numbers.ts";
import { commandsOf, runOne } from "./reference/run.ts";

beforeAll(async () => {
  await startGuarded(2);
});

/** The indices of numbers that are not finite. */
const bad = (data: ArrayLike<number>): readonly number[] =>
  Array.from(data, (v, i) => (Number.isFinite(v) ? -1 : i)).filter((i) => i >= 0);

const values = fc.constantFrom(NaN, Infinity, -Infinity);

/** A number that is not finite, somewhere in one of a kernel's inputs. */
const spoilt = (inputs: Readonly<Record<string, Numbers>>, which: number, at: number, value: number): void => {
  const chosen = Object.values(inputs)[which % Object.keys(inputs).length]!;
  chosen.data[at % chosen.data.length] = value;
};

const channels = fc.constantFrom(1, 2, 3, 5, 8, 9);
const convolutions = fc.record({
  name: fc.constantFrom(...(Object.keys(kernels) as (keyof typeof kernels)[])),
  batch: fc.integer({ min: 1, max: 2 }),
  h: fc.integer({ min: 3, max: 9 }),
  w: fc.integer({ min: 3, max: 9 }),
  ci: channels,
  co: channels,
  taps: fc.constantFrom(1, 2, 3, 3, 5),
  strides: fc.constantFrom(1, 1, 2),
  which: fc.nat(1),
  at: fc.nat(),
  value: values,
});

describe("NaN and infinities reach the results that they reach by definition", () => {
  test("of a product, exactly", () =>
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 3, maxLength: 3 }),
        fc.boolean(),
        fc.boolean(),
        fc.nat(1),
        fc.nat(),
        values,
        ([m, k, n], transposeA, transposeB, which, at, value) => {
          const inputs = {
            a: drawn(transposeA ? [k!, m!] : [m!, k!], 1),
            b: drawn(transposeB ? [n!, k!] : [k!, n!], 2),
          };
          spoilt(inputs, which, at, value);
          const got = runOne("BatchMatMul", inputs, { transposeA, transposeB });
          expect(bad(got.data)).toEqual(bad(matMul(inputs.a, inputs.b, transposeA, transposeB).data));
        },
      ),
      { numRuns: 100 },
    ));

  test("of a convolution and its gradients: exactly by products, at least those by Winograd", () => {
    const seen = { products: 0, winograd: 0 };
    fc.assert(
      fc.property(convolutions, ({ name, batch, h, w, ci, co, taps, strides, which, at, value }) => {
        const settings: Settings = { strides, pad: "same" };
        const [x, filter] = [[batch, h, w, ci], [taps, taps, ci, co]]; // prettier-ignore
        const g = geometryOf(x, filter, settings);
        const { inputs, attrs, exact } = kernels[name];
        const [image, weights, dy] = [drawn(x, 1), drawn(filter, 2), drawn([batch, g.oh, g.ow, co], 3)];
        const given = inputs(image, weights, dy);
        spoilt(given, which, at, value);
        const all = { ...settings, dilations: 1, dataFormat: "NHWC", ...attrs(x, filter) };
        const commands = commandsOf(name, Object.values(given).map((each) => each.shape), all)!; // prettier-ignore
        const got = bad(runOne(name, given, all).data);
        const want = bad(exact(g, image, weights, dy).data);
        expect(want.filter((i) => !got.includes(i))).toEqual([]);
        const fast = commands.some((command) => command.startsWith("winograd"));
        seen[fast ? "winograd" : "products"]++;
        if (fast) return;
        if (which === 0) expect(got).toEqual(want);
        // A bad weight times the zeros around an image is NaN too, but of its own channel.
        const index = at % Object.values(given)[1]!.data.length;
        const channel = name === "Conv2DBackpropInput" ? Math.floor(index / co) % ci : index % co;
        const last = name === "Conv2DBackpropInput" ? ci : co;
        if (which === 1) expect(got.filter((i) => i % last !== channel)).toEqual([]);
      }),
      { numRuns: 200 },
    );
    expect(Math.min(seen.products, seen.winograd)).toBeGreaterThan(20);
  });

  test("by Winograd never of another image, nor of another output channel than a filter's", () => {
    const attrs = { strides: 1, dilations: 1, pad: "same", dataFormat: "NHWC" };
    const [x, filter] = [drawn([3, 9, 9, 8], 1), drawn([3, 3, 8, 10], 2)];
    expect(commandsOf("Conv2D", [x.shape, filter.shape], attrs)).toContain("winograd");
    x.data[9 * 9 * 8 + 100] = NaN;
    const size = 9 * 9 * 10;
    expect(bad(runOne("Conv2D", { x, filter }, attrs).data).every((i) => i >= size && i < 2 * size)).toBe(true);
    x.data[9 * 9 * 8 + 100] = 0;
    filter.data[5 * 80 + 3 * 10 + 7] = Infinity;
    expect(new Set(bad(runOne("Conv2D", { x, filter }, attrs).data).map((i) => i % 10))).toEqual(new Set([7]));
  });
});

describe("tensors without numbers", () => {
  const empty = (...shape: number[]): Numbers => ({ shape, data: new Float32Array(0) });
  test.each<[string, Record<string, Numbers> | Numbers[], object, number[], number[]]>([
    ["BatchMatMul", { a: empty(2, 0), b: empty(0, 3) }, { transposeA: false, transposeB: false }, [2, 3], [0, 0, 0, 0, 0, 0]],
    ["Add", { a: empty(0, 3), b: drawn([3], 1) }, {}, [0, 3], []],
    ["Exp", { x: empty(4, 0) }, {}, [4, 0], []],
    ["Sum", { x: empty(2, 0) }, { axis: [1] }, [2], [0, 0]],
    ["Transpose", { x: empty(0, 2) }, { perm: [1, 0] }, [2, 0], []],
    ["Concat", [empty(0, 2), { shape: [1, 2], data: Float32Array.of(5, 6) }], { axis: 0 }, [1, 2], [5, 6]],
    ["Slice", { x: drawn([3], 1) }, { begin: [1], size: [0] }, [0], []],
    ["PadV2", { x: empty(0) }, { paddings: [[1, 1]], constantValue: 2 }, [2], [2, 2]],
  ])("%s gives what sums and copies of nothing are", (op, inputs, attrs, shape, data) => {
    const got = runOne(op, inputs, attrs);
    expect([got.shape, [...got.data]]).toEqual([shape, data]);
  }); // prettier-ignore
});
