import { describe, expect, test } from "vitest";
import type { Geometry } from "../../src/commands/convolution.ts";
import { convolution, convolutionFilterGradient, convolutionInputGradient } from "../../src/shaders/convolution.ts";
import { product } from "../../src/shaders/product.ts";
import type { Tiling } from "../../src/shaders/tile.ts";

const largest: Tiling = {
  tile: { rows: 128, columns: 128, threadRows: 8, threadColumns: 8, depth: 8, slices: 1, buffers: 2 },
  splits: 1,
};

const count = (text: string, what: RegExp): number => [...text.matchAll(what)].length;

/** The text of the loop over the steps. */
const loopOf = (body: string): string => {
  const from = body.indexOf("for (var step = firstStep");
  return body.slice(from, body.indexOf("\n  }\n", from));
};

/** A convolution of an image of a batch, 3x3 with as many channels out as in. */
const same3x3 = (batch: number, side: number, channels: number, stride = 1): Geometry => ({
  ...{ batch, h: side, w: side, ci: channels, oh: side / stride, ow: side / stride, co: channels, kh: 3, kw: 3 },
  ...{
    strideY: stride,
    strideX: stride,
    dilationY: 1,
    dilationX: 1,
    top: stride === 1 ? 1 : 0,
    left: stride === 1 ? 1 : 0,
  },
});

describe("a step of the loop in the largest tile", () => {
  test.each([
    ["A B", false, false],
    ["A Bᵀ", false, true],
    ["Aᵀ B", true, false],
    ["Aᵀ Bᵀ", true, true],
  ] as const)(
    "of %s is 512 multiplications, 32 reads of four from workgroup memory, 2 from others, and one barrier",
    (_, transposeA, transposeB) => {
      const { dispatches } = product([256, 256], [256, 256], transposeA, transposeB, undefined, { tiling: largest })!;
      const loop = loopOf(dispatches[0]!.body);
      expect(4 * count(loop, /c\d_\d \+= a\d\.[xyzw] \* b\d;/g)).toBe(8 * 64);
      expect(count(loop, /let \w\d = tile[AB]\[/g)).toBe(32);
      expect(count(loop, /= piece[AB]\(/g)).toBe(2);
      expect(count(loop, /tile[AB]\[.*\] = next/g)).toBe(2);
      expect(count(loop, /workgroupBarrier/g)).toBe(1);
    },
  );
});

describe("what is known of the sizes is not tested when it runs", () => {
  test("neither rests of rows and columns, nor of the summed axis, nor numbers one by one", () => {
    const { dispatches } = convolution(same3x3(128, 32, 128))!;
    const { body, variables } = dispatches[0]!;
    expect(variables.map(({ type }) => type)).toEqual(["vec4<f32>", "vec4<f32>", "vec4<f32>"]);
    expect(body).not.toMatch(/if \([mnk] >=|min\(|One\(/);
  });

  test("nor whether taps are on an image that they cannot leave", () => {
    const valid: Geometry = { ...same3x3(4, 32, 16), oh: 30, ow: 30, top: 0, left: 0 };
    expect(convolution(valid)!.dispatches[0]!.body).not.toContain("select");
    expect(convolution(same3x3(4, 32, 16))!.dispatches[0]!.body).toContain("select");
  });

  test("a tap is found once for a step of which it has all channels", () => {
    expect(convolution(same3x3(128, 32, 128))!.dispatches[0]!.body).toContain("let tap = first / 128u;");
    expect(convolution(same3x3(128, 32, 12))!.dispatches[0]!.body).toContain("let tap = k / 12u;");
  });
});

describe("dispatches", () => {
  const sizes = [
    [1, 4, 256],
    [1, 32, 128],
    [128, 4, 256],
    [128, 32, 128],
  ] as const;

  test.each(sizes)(
    "one for a convolution and its gradient by the input: batch %s, side %s, %s channels",
    (batch, side, channels) => {
      for (const stride of [1, 2]) {
        const g = same3x3(batch, side, channels, stride);
        expect(convolution(g)!.dispatches).toHaveLength(1);
        expect(convolutionInputGradient(g)!.dispatches).toHaveLength(1);
      }
    },
  );

  test("two for the gradient by the filter of many places, in a fixed order", () => {
    const { dispatches, temporaries, outputs } = convolutionFilterGradient(same3x3(128, 32, 128))!;
    expect(dispatches).toHaveLength(2);
    expect(outputs[0]!.shape).toEqual([3, 3, 128, 128]);
    expect(temporaries[0]! % (4 * 9 * 128 * 128)).toBe(0);
    expect(convolutionFilterGradient(same3x3(1, 4, 256))!.dispatches).toHaveLength(1);
  });
});
