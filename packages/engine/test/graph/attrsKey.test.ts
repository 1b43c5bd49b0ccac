import fc from "fast-check";
import { expect, test } from "vitest";
import { attrsKey } from "../../src/graph/attrsKey.ts";

const plain = fc.anything({ withTypedArray: true, withNullPrototype: false });

test("equal data have one key, different data have two", () =>
  fc.assert(
    fc.property(plain, plain, (a, b) => {
      expect(attrsKey(structuredClone(a))).toBe(attrsKey(a));
      let same = true;
      try {
        expect(a).toStrictEqual(b);
      } catch {
        same = false;
      }
      expect(attrsKey(a) === attrsKey(b)).toBe(same);
    }),
  ));

test.each([
  [0, -0],
  [1, "1"],
  [[1, 2], [[1, 2]]],
  [[1, 2], new Float32Array([1, 2])],
  [new Float32Array([1]), new Int32Array([1])],
  [{ a: undefined }, {}],
  [{ "a:1,b": 2 }, { a: 1, b: 2 }],
  [null, undefined],
])("%j and %j differ", (a, b) => expect(attrsKey(a)).not.toBe(attrsKey(b)));

test("the order of names does not matter", () =>
  expect(attrsKey({ pad: "same", strides: [1, 2] })).toBe(attrsKey({ strides: [1, 2], pad: "same" })));

test("functions are refused", () =>
  expect(() => attrsKey({ f: () => 1 })).toThrow("attrsKey: attributes must be plain data, got a function"));
