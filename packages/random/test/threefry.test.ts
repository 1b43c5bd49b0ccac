import { expect, test } from "vitest";
import { threefry2x32 } from "../src/threefry2x32.ts";

/** Known-answer vectors of Random123 (kat_vectors, threefry2x32, 20 rounds): counter, key, result. */
const vectors = [
  [0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x6b200159, 0x99ba4efe],
  [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x1cb996fc, 0xbb002be7],
  [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xc4923a9c, 0x483df7a0],
] as const;

test.each(vectors)("Threefry-2x32-20 of counter %i %i gives the published words", (c0, c1, k0, k1, r0, r1) => {
  const out = new Uint32Array(4);
  threefry2x32([k0, k1], c0, c1, out, 1);
  expect([...out]).toEqual([0, r0, r1, 0]);
});
