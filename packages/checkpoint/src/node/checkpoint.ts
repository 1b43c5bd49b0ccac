import { FileError, FormatError } from "@nonmarkov/files";
import { isTemporary, naming, syncFolder, writeNewFile } from "@nonmarkov/files/node";
import { readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { TensorEntries } from "../tensorData.ts";
import { checkpointName, type CheckpointName } from "./checkpointName.ts";
import { parseJson, type Json } from "./json.ts";
import { makeFolder } from "./makeFolder.ts";
import { readSafetensors } from "./readSafetensors.ts";
import { removeFolder } from "./removeFolder.ts";
import { safetensorsPieces, type TensorSources } from "./writeSafetensors.ts";

/** The trees of a checkpoint, each in a file of its own: `<tree>.safetensors`. */
export type TreeName = "params" | "ema" | "optimizer";

/** A training state to be saved. */
export type CheckpointSource = {
  /** The number of training steps done. */
  readonly step: number;
  /** The state's random key: two unsigned 32-bit words. */
  readonly key: readonly [number, number];
  /** The tensors, as flattened trees. */
  readonly trees: Readonly<Record<TreeName, TensorSources>>;
  /** Anything else that resuming needs, as plain JSON data. */
  readonly meta?: Json;
};

/** A training state that was read back. */
export type Checkpoint<N extends TreeName = TreeName> = {
  /** The number of training steps done. */
  readonly step: number;
  /** The state's random key. */
  readonly key: readonly [number, number];
  /** The trees that were asked for. */
  readonly trees: Readonly<Record<N, TensorEntries>>;
  /** What was saved as `meta`; null if nothing was. */
  readonly meta: Json;
  /** The checkpoint's folder. */
  readonly path: string;
  /** Newer checkpoints that were passed over because they are damaged, and why. */
  readonly skipped: readonly string[];
};

/** What to read of a run folder. */
export type LoadOptions<N extends TreeName = TreeName> = {
  /** Which trees to read; default all: params, ema and optimizer. */
  readonly trees?: readonly N[];
  /** The step to read, instead of the newest. */
  readonly step?: number;
};

const treeNames: readonly TreeName[] = ["params", "ema", "optimizer"];
const uint32 = z.int().min(0).max(0xffffffff);
const stateSchema = z.object({
  format: z.literal("nonmarkov-checkpoint"),
  version: z.literal(1),
  step: z.int().min(0),
  key: z.tuple([uint32, uint32]),
  meta: z.json(),
});

/**
 * Saves a checkpoint in a run folder as `checkpoint-<step>/` with params, ema and optimizer.safetensors and state.json.
 * It is made under a temporary name, made durable and renamed: at any moment, whatever happens, either the previous
 * newest checkpoint or this one is found, whole. Then older ones are removed, and those of the same or a later step: they
 * belong to a course that was given up when training went on from an earlier one. One process at a time may save.
 * @param keep how many checkpoints to keep, this one included; at least 1
 * @returns the checkpoint's folder; `checkpoint-<step>.1` and so on where that step had been saved before
 * @throws RangeError if step, key or keep are not what they must be
 * @throws FileError if the system refuses (code "ENOSPC": the disk is full); then nothing is left of the new checkpoint
 */
export const saveCheckpoint = (
  dir: string,
  source: CheckpointSource,
  { keep = 2 }: { readonly keep?: number } = {},
): Promise<string> =>
  naming(dir, "must take a checkpoint", async () => {
    if (!Number.isSafeInteger(keep) || keep < 1)
      throw new RangeError(`saveCheckpoint: keep must be an integer of at least 1, got ${keep}`);
    const state = checkedState(source);
    await removeTemporaries(dir);
    const before = await checkpointNames(dir);
    const again = 1 + Math.max(-1, ...before.filter(({ step }) => step === source.step).map((name) => name.again));
    const name = { step: source.step, again };
    const path = join(dir, checkpointName.format(name));
    await makeFolder(path, async (folder) => {
      for (const tree of treeNames)
        await writeNewFile(join(folder, `${tree}.safetensors`), safetensorsPieces(source.trees[tree], {}));
      await writeNewFile(join(folder, "state.json"), `${JSON.stringify(state, null, 2)}\n`);
    });
    await syncFolder(dir);
    const earlier = before.filter(({ step }) => step < source.step);
    const givenUp = before.filter(({ step }) => step >= source.step);
    for (const stale of [...givenUp, ...earlier.slice(keep - 1)])
      await removeFolder(join(dir, checkpointName.format(stale)));
    return path;
  });

const checkedState = ({ step, key, meta = null }: CheckpointSource) => {
  const state = { format: "nonmarkov-checkpoint", version: 1, step, key, meta };
  const checked = stateSchema.safeParse(state);
  if (checked.success) return state;
  const { path, message } = checked.error.issues[0]!;
  throw new RangeError(`saveCheckpoint: ${path.join(".")} must be valid, got: ${message}`);
};

const isLeftOver = (name: string): boolean => name.startsWith(".checkpoint-") && isTemporary(name);

/** What a killed process left behind. */
const removeTemporaries = async (dir: string): Promise<void> => {
  for (const name of (await readdir(dir)).filter(isLeftOver))
    await rm(join(dir, name), { recursive: true, force: true });
};

/** The checkpoints of a run folder, newest first. */
const checkpointNames = async (dir: string): Promise<readonly CheckpointName[]> =>
  (await readdir(dir))
    .map(checkpointName.parse)
    .filter((name) => name !== undefined)
    .sort(checkpointName.newestFirst);

/**
 * Reads the newest whole checkpoint of a run folder; damaged ones are passed over and named in `skipped`.
 * @throws FormatError if there is no whole checkpoint, saying what is wrong with each
 * @throws FileError if the folder cannot be read
 */
export const loadCheckpoint = <N extends TreeName = TreeName>(
  dir: string,
  { trees = treeNames as readonly N[], step }: LoadOptions<N> = {},
): Promise<Checkpoint<N>> =>
  naming(dir, "must be a run folder", async () => {
    const skipped: string[] = [];
    for (const name of await checkpointNames(dir)) {
      if (step !== undefined && name.step !== step) continue;
      const path = join(dir, checkpointName.format(name));
      try {
        return { ...(await readCheckpoint(path, trees)), path, skipped };
      } catch (error) {
        if (!(error instanceof FormatError || error instanceof FileError)) throw error;
        skipped.push(error.message);
      }
    }
    throw new FormatError({
      where: dir,
      what: step === undefined ? "must hold a whole checkpoint" : `must hold a whole checkpoint of step ${step}`,
      found: skipped.length === 0 ? "none" : `only damaged ones (${skipped.join("; ")})`,
      fix: "train first, or choose another run",
    });
  });

const readCheckpoint = async <N extends TreeName>(path: string, names: readonly N[]) => {
  const statePath = join(path, "state.json");
  const text = await naming(statePath, "must be a checkpoint's state", () => readFile(statePath, "utf8"));
  const { step, key, meta } = parseJson(text, statePath, stateSchema.parse);
  const trees: Partial<Record<N, TensorEntries>> = {};
  for (const name of names) trees[name] = (await readSafetensors(join(path, `${name}.safetensors`))).tensors;
  return { step, key, meta: meta as Json, trees: trees as Record<N, TensorEntries> };
};
