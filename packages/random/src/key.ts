/**
 * A splittable random key: two unsigned 32-bit words. It is a value, plain JSON, and drawing from it changes nothing:
 * the same key always gives the same numbers. Use a key once, and make children with {@link split} or {@link foldIn}.
 */
export type Key = readonly [number, number];

/**
 * The key of a seed. Different seeds give different keys; 0 is a seed like any other.
 * @param seed a safe integer, or a bigint in -2^63..2^63-1; negative ones are allowed
 * @throws RangeError if the seed is not such an integer
 */
export const key = (seed: number | bigint): Key => {
  if (typeof seed === "number" && !Number.isSafeInteger(seed))
    throw new RangeError(`key: the seed must be a safe integer, got ${seed}; for a larger one pass a bigint`);
  const wide = BigInt(seed);
  if (BigInt.asIntN(64, wide) !== wide)
    throw new RangeError(`key: the seed must fit into 64 bits, got ${wide}; reduce it modulo 2^63`);
  return [Number(BigInt.asUintN(32, wide >> 32n)), Number(BigInt.asUintN(32, wide))];
};
