import type { Dtype, TensorInfo } from "@nonmarkov/checkpoint";
import { FormatError } from "@nonmarkov/files";
import type { Parameter } from "@nonmarkov/nets";
import { closest } from "fastest-levenshtein";
import { currentName } from "./currentName.ts";
import { cut } from "./shown.ts";
import { type Layout, layoutOf, torchShape } from "./layout.ts";

/** Where a parameter's numbers are, and what they must be turned into. */
export type Match = {
  /** The parameter's name here. */
  readonly name: string;
  /** The parameter's shape here. */
  readonly shape: readonly number[];
  /** How the tensor lies. */
  readonly layout: Layout;
  /** The tensor's name in the file. */
  readonly tensor: string;
};

/** Faults listed in one error. */
const MOST = 10;
/** Beyond these the nearest name is not looked for: a lying header could have millions. */
const COMPARED = { names: 2000, letters: 200 };

const quoted = (name: string): string => JSON.stringify(cut(name, 100));

const listed = (faults: readonly string[]): string =>
  faults.slice(0, MOST).join(", ") + (faults.length > MOST ? ` and ${faults.length - MOST} more` : "");

/** Each of the names, with that of the others which is most like it. */
const withNearest = (names: readonly string[], others: readonly string[]): readonly string[] => {
  const candidates = others.filter(({ length }) => length <= COMPARED.letters).slice(0, COMPARED.names);
  return names.map((name, i) =>
    i >= MOST || candidates.length === 0 || name.length > COMPARED.letters
      ? quoted(name)
      : `${quoted(name)} (nearest: ${quoted(closest(name, candidates))})`,
  );
};

const dtypes: readonly Dtype[] = ["F32", "F16", "BF16"];

/** In old checkpoints the linear layers of attention are convolutions with a window of one pixel: the same numbers. */
const fits = (name: string, want: readonly number[], got: readonly number[]): boolean =>
  want.join() === got.join() ||
  (name.includes("attentions.") && want.length === 2 && [...want, 1, 1].join() === got.join());

const shapeFaults = (matches: readonly (Match & { readonly info: TensorInfo })[]): readonly string[] =>
  matches.flatMap(({ name, shape, layout, info }) => {
    const want = torchShape(layout, shape);
    if (!dtypes.includes(info.dtype)) return [`${quoted(info.name)} is ${info.dtype}, must be ${dtypes.join(" or ")}`];
    return fits(name, want, info.shape)
      ? []
      : [`${quoted(info.name)} is [${info.shape.join(", ")}], must be [${want.join(", ")}]`];
  });

/**
 * Finds the tensor of every parameter by its name, today's or an older one.
 * @param where what to call the file in errors
 * @returns in the order of the tensors
 * @throws FormatError listing up to ten tensors that are missing or superfluous, with the nearest names, or of the wrong shape
 *   or type
 */
export const matchTensors = (
  parameters: readonly (readonly [name: string, parameter: Parameter])[],
  tensors: readonly TensorInfo[],
  where: string,
): readonly Match[] => {
  const fail = (what: string, found: string): never => {
    throw new FormatError({ where, what, found, fix: "take the weights and the config.json of the same network" });
  };
  const given = new Map<string, TensorInfo>();
  for (const info of tensors) {
    const twin = given.get(currentName(info.name));
    if (twin !== undefined)
      fail("must not hold a tensor twice", `${quoted(twin.name)} and ${quoted(info.name)}, its older or newer name`);
    given.set(currentName(info.name), info);
  }
  const wanted = new Map(parameters);
  const missing = [...wanted.keys()].filter((name) => !given.has(name));
  const extra = [...given.keys()].filter((name) => !wanted.has(name));
  if (missing.length + extra.length > 0)
    fail(
      "must hold the tensors that config.json asks for",
      [
        ...(missing.length === 0 ? [] : [`${missing.length} missing: ${listed(withNearest(missing, extra))}`]),
        ...(extra.length === 0
          ? []
          : [`${extra.length} superfluous: ${listed(withNearest(extra, [...wanted.keys()]))}`]),
      ].join("; "),
    );
  const matches = [...given].map(([name, info]) => {
    const { shape } = wanted.get(name)!;
    return { name, shape, layout: layoutOf(name, shape), tensor: info.name, info };
  });
  const faults = shapeFaults(matches);
  if (faults.length > 0) fail("must hold tensors of the shapes that config.json asks for", listed(faults));
  return matches.map(({ info: _, ...match }) => match);
};
