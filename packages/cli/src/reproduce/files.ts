import { FormatError } from "@nonmarkov/files";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import { UsageError } from "../errors.ts";
import { writeResult } from "../write-result.ts";
import { type Manifest, manifestSchema, otherSamples } from "./manifest.ts";
import { reproduceParts } from "./names.ts";
import type { Reported } from "./report.ts";
import { partFile, type Results } from "./results.ts";
import { workFolder } from "./shards.ts";

const readJson = async <S extends z.ZodType>(path: string, schema: S): Promise<z.infer<S>> => {
  try {
    return schema.parse(JSON.parse(await readFile(path, "utf8"))) as z.infer<S>;
  } catch (cause) {
    throw new FormatError(
      {
        where: path,
        what: "must be a file that nonmarkov reproduce wrote",
        found: (cause as Error).message.split("\n").slice(0, 6).join(" "),
        fix: "make it again with --force, or name another folder",
      },
      { cause },
    );
  }
};

const manifestPath = (dir: string): string => join(dir, "manifest.json");
const partPath = (dir: string, part: keyof Results): string => join(dir, `${part}.json`);

const write = (path: string, value: unknown): Promise<void> => writeResult(path, `${JSON.stringify(value, null, 2)}\n`);

/**
 * Makes the folder of a reproduction, or goes on in it: what was drawn before is used if it belongs to the same manifest.
 * @throws UsageError if it does not, unless `force`: then the earlier work is removed
 */
export const openFolder = async (dir: string, manifest: Manifest, force: boolean): Promise<void> => {
  await mkdir(dir, { recursive: true });
  if (existsSync(manifestPath(dir))) {
    const differences = force ? ["--force"] : otherSamples(manifest, await readJson(manifestPath(dir), manifestSchema));
    if (differences.length > 0 && !force)
      throw new UsageError(
        `--out: ${dir} holds results of another manifest, which must not be mixed with these: ${differences.join("; ")}; ` +
          `choose another folder, or start anew with --force`,
      );
    if (force) {
      await rm(manifestPath(dir));
      await rm(workFolder(dir), { recursive: true, force: true });
      for (const part of reproduceParts) await rm(partPath(dir, part), { force: true });
    }
  }
  await write(manifestPath(dir), manifest);
};

/** Writes the result of a part. */
export const writePart = <Part extends keyof Results>(
  dir: string,
  part: Part,
  manifest: Manifest,
  result: Results[Part],
): Promise<void> => write(partPath(dir, part), { manifest, result });

/**
 * Reads the result of a part; undefined where there is none.
 * @throws FormatError if the file is damaged
 */
export const readPart = async <Part extends keyof Results>(
  dir: string,
  part: Part,
): Promise<Reported[Part] | undefined> =>
  existsSync(partPath(dir, part))
    ? ((await readJson(partPath(dir, part), partFile(part))) as unknown as Reported[Part])
    : undefined;

/** Reads the results of all parts that there are, of which those of other samples are left out. */
export const readParts = async (dir: string, manifest: Manifest): Promise<Reported> => {
  const found: { -readonly [Part in keyof Reported]: Reported[Part] } = {};
  for (const part of reproduceParts) {
    const read = await readPart(dir, part);
    if (read !== undefined && otherSamples(read.manifest, manifest).length === 0)
      (found as Record<string, unknown>)[part] = read;
  }
  return found;
};
