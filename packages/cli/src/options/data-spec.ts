import { InvalidArgumentError } from "commander";
import { isAbsolute, resolve } from "node:path";
import { unknownName } from "../nearest.ts";

/** Points of the plane, by the names of the data package. */
export const toyNames = ["swissRoll", "moons", "rings", "checkerboard", "eightGaussians", "pinwheel"] as const;
/** What `--data` can name. */
export const dataNames = ["glyphs", "mnist", "cifar10", "images", ...toyNames] as const;

/** How to write it, for help texts. */
export const dataHelp = `glyphs, mnist, mnist:DIR, cifar10:DIR, images:DIR or points: ${toyNames.join(", ")}`;

/** Which data: a name and, for files, their folder. */
export type DataSpec = { readonly name: (typeof dataNames)[number]; readonly dir?: string };

const needsFolder = ["cifar10", "images"];
const takesFolder = ["mnist", ...needsFolder];

/** Reads `glyphs`, `mnist` or `mnist:` (downloaded), `mnist:DIR`, `cifar10:DIR`, `images:DIR` or a toy's name; folders become absolute. */
export const dataSpec = (text: string): DataSpec => {
  const colon = text.indexOf(":");
  const given = colon < 0 ? text : text.slice(0, colon);
  const dir = colon < 0 ? "" : text.slice(colon + 1);
  const name = dataNames.find((known) => known === given);
  if (name === undefined) throw new InvalidArgumentError(`${unknownName("data", given, dataNames)}.`);
  if (dir === "" && (needsFolder.includes(name) || (colon >= 0 && name !== "mnist")))
    throw new InvalidArgumentError(`${name} needs its folder: ${name}:DIR.`);
  if (dir !== "" && !takesFolder.includes(name))
    throw new InvalidArgumentError(`${name} takes no folder, got "${dir}".`);
  return dir === "" ? { name } : { name, dir: isAbsolute(dir) ? dir : resolve(dir) };
};
