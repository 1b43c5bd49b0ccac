import type { Variable } from "./shading.ts";
import { indent, lines, plus, range } from "./wgslText.ts";

/** A buffer that a loader reads, as whatever it likes. */
export type Source = Pick<Variable, "name" | "place">;

/**
 * Where the numbers of one side of a product come from: the rows of A, or the columns of B. They are read four at a time,
 * neighbours along the summed axis (depth) or along the side, by two functions in WGSL.
 */
export type Loader = {
  /** The buffer. */
  readonly variable: Variable;
  /** How four numbers are neighbours. */
  readonly along: "depth" | "side";
  /** Rows of A, or columns of B. */
  readonly side: number;
  /** The length of the summed axis. */
  readonly depth: number;
  /** The type of what is found out about a place on the side once, before the loop over the summed axis. */
  readonly placeType: "u32" | "vec2<u32>" | "vec3<u32>";
  /** Statements that return it, of `at`, a place on the side or the first of four, and `matrix`, the matrix's number. */
  readonly place: string;
  /**
   * Functions, the last with this name: of `place`, and of `k`, the first of four along the summed axis or the one, to the
   * four numbers. They are 0 beyond the summed axis. `first` is the first k of a step of the loop.
   * @param step how many k's a step has
   */
  readonly load: (name: string, step: number) => string;
};

/** Whether numbers are read four at a time. */
export const isWide = ({ variable }: Loader): boolean => variable.type === "vec4<f32>" || variable.type === "vec2<u32>";

/** The largest number that `at` may be. */
export const lastOf = (loader: Loader): number =>
  loader.along === "side" && isWide(loader) ? loader.side - 4 : loader.side - 1;

type Statements = readonly (string | false)[];

/** The function of a {@link Loader} that reads four numbers at once. */
export const loadFour = (name: string, { placeType }: Pick<Loader, "placeType">, ...body: Statements): string =>
  lines(`fn ${name}(place : ${placeType}, first : u32, k : u32) -> vec4<f32> {`, indent(lines(...body)), "}");

/** The same by a function that reads one: of k, which is theirs, along depth; and of `i` from 0 to 3 along the side. */
export const loadEach = (
  name: string,
  { placeType, along }: Pick<Loader, "placeType" | "along">,
  ...body: Statements
): string => {
  const which = along === "depth" ? "" : ", i : u32";
  const calls = range(4).map((i) =>
    along === "depth" ? `${name}One(place, ${plus("k", i)})` : `${name}One(place, k, ${i}u)`,
  );
  return lines(
    `fn ${name}One(place : ${placeType}, k : u32${which}) -> f32 {`,
    indent(lines(...body)),
    "}",
    "",
    loadFour(name, { placeType }, `return vec4<f32>(${calls.join(", ")});`),
  );
};

/** Returns zeros beyond the summed axis, where steps go beyond it. */
export const guard = (depth: number, step: number, zero: string): string | false =>
  depth % step !== 0 && `if (k >= ${depth}u) { return ${zero}; }`;
