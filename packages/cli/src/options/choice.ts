import { InvalidArgumentError } from "commander";
import { unknownName } from "../nearest.ts";

/** An option that is one of the given names; for any other the nearest valid one is suggested. */
export const choice =
  <const N extends string>(what: string, names: readonly N[]) =>
  (text: string): N => {
    const found = names.find((name) => name === text);
    if (found === undefined) throw new InvalidArgumentError(`${unknownName(what, text, names)}.`);
    return found;
  };
