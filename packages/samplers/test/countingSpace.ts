import { arraySpace, type VectorSpace } from "@nonmarkov/samplers";

/** A vector that knows whether it has been freed. */
export type Counted = { readonly data: Float64Array; alive: boolean };

/** Arrays that count themselves, and break on the operation that they are told to break on. */
export type CountingSpace = {
  readonly space: VectorSpace<Counted>;
  readonly make: (data: Float64Array) => Counted;
  /** To be called by what stands for user code: denoisers, mapX0; throws on the chosen operation. */
  readonly operation: (name: string) => void;
  readonly live: () => number;
  /** The most vectors that were alive at one time. */
  readonly peak: () => number;
  /** The names of all operations so far. */
  readonly log: readonly string[];
};

/** @param failAt the number of the operation, from 0, that throws */
export const countingSpace = (failAt = Infinity): CountingSpace => {
  const arrays = arraySpace();
  const log: string[] = [];
  let live = 0;
  let peak = 0;
  const operation = (name: string): void => {
    log.push(name);
    if (log.length - 1 === failAt) throw new Error(`operation ${failAt} fails`);
  };
  const make = (data: Float64Array): Counted => {
    peak = Math.max(peak, ++live);
    return { data, alive: true };
  };
  const read = (v: Counted): Float64Array => {
    if (!v.alive) throw new Error("a freed vector is read");
    return v.data;
  };
  return {
    make,
    operation,
    live: () => live,
    peak: () => peak,
    log,
    space: {
      combine: (coefs, vectors) => {
        operation("combine");
        if (coefs.length !== vectors.length)
          throw new Error(`${coefs.length} coefficients of ${vectors.length} vectors`);
        return make(arrays.combine(coefs, vectors.map(read)));
      },
      normal: (key, like, firstIndex) => {
        operation("normal");
        return make(arrays.normal(key, read(like), firstIndex));
      },
      dispose: (v) => {
        if (!v.alive) throw new Error("a vector is freed twice");
        v.alive = false;
        live--;
      },
    },
  };
};
