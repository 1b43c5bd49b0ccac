/** A variable of each thread, and where in workgroup memory a thread of some number has its place for it. */
export type Shared = { readonly value: string; readonly place: (thread: string) => string };

/** A variable, and an array of workgroup memory with an element for each thread. */
export const sharedIn = (value: string, array: string): Shared => ({
  value,
  place: (thread) => `${array}[${thread}]`,
});

/** A tree of threads: `deep` of them (a power of 2), `step` apart, of which `slice` is the number of this one. */
export type Tree = {
  readonly deep: number;
  readonly step: number;
  readonly slice: string;
  /** Values of each thread, and where a thread of the workgroup has its place in workgroup memory for them. */
  readonly of: readonly Shared[];
  /** Two values as one. */
  readonly both: (a: string, b: string) => string;
};

/**
 * WGSL that brings the values of threads together by halves: afterwards the thread of slice 0 has the whole in its value,
 * and all threads find it in that one's place. All threads of the workgroup must come here.
 */
export const tree = ({ deep, step, slice, of, both }: Tree): string => `
${of.map(({ place, value }) => `  ${place("local")} = ${value};`).join("\n")}
  workgroupBarrier();
${
  deep === 1
    ? ""
    : `  for (var half = ${deep / 2}u; half > 0u; half >>= 1u) {
    if (${slice} < half) {
${of
  .map(
    ({ place, value }) => `      ${value} = ${both(value, place(`local + half * ${step}u`))};
      ${place("local")} = ${value};`,
  )
  .join("\n")}
    }
    workgroupBarrier();
  }`
}`;
