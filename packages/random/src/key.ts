/** A splittable random key: two unsigned 32-bit words. A key is used once; make children with split or foldIn. */
export type Key = readonly [number, number];
