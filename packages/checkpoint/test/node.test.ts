import { mkdir, mkdtemp, readFile, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { tinyDisk } from "../../../test/tinyDisk.ts";
import { FormatError } from "@nonmarkov/files";
import { encodeSafetensors, fromFloat32, toFloat32 } from "../src/index.ts";
import {
  appendLog,
  createRun,
  loadCheckpoint,
  openSafetensors,
  readConfig,
  readLog,
  readSafetensors,
  saveCheckpoint,
  truncateLog,
  writeSafetensors,
} from "../src/node/index.ts";
import { safetensorsPieces } from "../src/node/writeSafetensors.ts";
import { bytesOf, entries } from "./arbitraries.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "nonmarkov-checkpoint-"));
});
afterAll(() => rm(root, { recursive: true }));

let folders = 0;
const fresh = async (): Promise<string> => {
  const dir = join(root, `${folders++}`);
  await mkdir(dir);
  return dir;
};

const tensor = (...values: number[]) => fromFloat32(Float32Array.from(values), [values.length]);

describe("safetensors files", () => {
  test("writing in pieces gives the bytes of encoding in memory, and they are read back, whole or by name", async () => {
    const path = join(await fresh(), "x.safetensors");
    await fc.assert(
      fc.asyncProperty(entries, async (tensors) => {
        await writeSafetensors(path, tensors, { by: "test" });
        expect(new Uint8Array(await readFile(path))).toEqual(encodeSafetensors(tensors, { by: "test" }));
        const all = new Map((await readSafetensors(path)).tensors);
        for (const [name, written] of tensors) {
          const [[, read]] = (await readSafetensors(path, [name])).tensors as [(typeof tensors)[number]];
          expect(bytesOf(read)).toEqual(bytesOf(written));
          expect(bytesOf(all.get(name)!)).toEqual(bytesOf(written));
        }
      }),
      { numRuns: 30 },
    );
  });

  test("writing copies no tensor: the pieces are views of the arrays, fetched one after the other", async () => {
    const [a, b] = [tensor(1, 2), tensor(3)];
    const log: string[] = [];
    const lazy = { ...b, data: () => (log.push("fetched b"), Promise.resolve(b.data)) };
    const pieces = safetensorsPieces(
      [
        ["a", a],
        ["b", lazy],
      ],
      {},
    );
    await pieces.next();
    expect((await pieces.next()).value!.buffer).toBe(a.data.buffer);
    expect(log).toEqual([]);
    expect((await pieces.next()).value!.buffer).toBe(b.data.buffer);
  });

  test("a lying header is refused by the file reader, and so is a file that shrinks while it is read", async () => {
    const path = join(await fresh(), "x.safetensors");
    await writeFile(path, Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 127, 123, 125));
    await expect(openSafetensors(path)).rejects.toThrow(FormatError);
    await writeFile(path, "short");
    await expect(openSafetensors(path)).rejects.toThrow(/at least 8 bytes, got 5/);
    await writeSafetensors(path, [["a", tensor(1, 2)]]);
    const file = await openSafetensors(path);
    await truncate(path, 20);
    await expect(file.read("a")).rejects.toThrow(FormatError);
    await expect(file.read("b")).rejects.toThrow(/must have a tensor "b", got 1 others; such as a/);
    await file.close();
    await expect(readSafetensors(join(path, "nowhere"))).rejects.toMatchObject({ name: "FileError", code: "ENOTDIR" });
  });
});

describe("a full disk", () => {
  test.skipIf(tinyDisk.missing !== "")(
    `is a FileError with code ENOSPC that leaves the previous checkpoint${tinyDisk.missing}`,
    async () => {
      const disk = await fresh();
      onTestFinished(tinyDisk.mount(disk));
      const dir = join(disk, "run");
      await createRun(dir, {});
      const trees = (n: number) => ({ params: [["w", tensor(n)]], ema: [], optimizer: [] }) as const;
      await saveCheckpoint(dir, { step: 1, key: [0, 1], trees: trees(1) });
      const before = await readdir(dir);
      const large = { ...trees(2), optimizer: [["m", fromFloat32(new Float32Array(30_000), [30_000])]] as const };
      const failure = saveCheckpoint(dir, { step: 2, key: [0, 2], trees: large });
      await expect(failure).rejects.toMatchObject({
        name: "FileError",
        code: "ENOSPC",
        message: /the disk is full: free some space/,
      });
      expect(await readdir(dir)).toEqual(before);
      expect((await loadCheckpoint(dir)).step).toBe(1);
    },
  );
});

const save = (dir: string, step: number, keep = 2) =>
  saveCheckpoint(
    dir,
    {
      step,
      key: [1, step],
      meta: { note: `step ${step}` },
      trees: { params: [["w", tensor(step)]], ema: [["w", tensor(-step)]], optimizer: [] },
    },
    { keep },
  );

const newRun = async (config = {}): Promise<string> => {
  const dir = join(await fresh(), "nested", "run");
  await createRun(dir, config);
  return dir;
};

describe("run folders", () => {
  test("an existing folder is refused, and replaced only when told: then only the run's own files go", async () => {
    const dir = await newRun({ a: 1 });
    await save(dir, 1);
    await appendLog(dir, { step: 1 });
    await writeFile(join(dir, "notes.txt"), "mine");
    await expect(createRun(dir, { a: 2 })).rejects.toMatchObject({ name: "FileError", code: "EEXIST", where: dir });
    expect(await readConfig(dir, (value) => value)).toEqual({ a: 1 });
    await createRun(dir, { a: 2 }, { overwrite: true });
    expect((await readdir(dir)).sort()).toEqual(["config.json", "notes.txt"]);
    expect(await readConfig(dir, (value) => value)).toEqual({ a: 2 });
  });

  test("a configuration that is damaged or does not fit its schema is refused by file and field", async () => {
    const dir = await newRun({ T: 1000, name: "x" });
    expect(await readConfig(dir, z.object({ T: z.int(), name: z.string() }).parse)).toEqual({ T: 1000, name: "x" });
    await expect(readConfig(dir, z.object({ T: z.string() }).parse)).rejects.toThrow(
      /config\.json: must have valid fields, got T: .*string/,
    );
    await writeFile(join(dir, "config.json"), "{");
    await expect(readConfig(dir, String)).rejects.toThrow(/config\.json: must be JSON/);
    await writeFile(join(dir, "config.json"), "{}");
    await expect(readConfig(dir, String)).rejects.toThrow(FormatError);
    await expect(readConfig(join(dir, "no"), String)).rejects.toMatchObject({ name: "FileError", code: "ENOENT" });
  });

  test("the newest checkpoint is loaded as it was saved, and as many are kept as were asked for", async () => {
    const dir = await newRun();
    for (const step of [5, 10, 9999, 10000]) await save(dir, step);
    expect((await readdir(dir)).sort()).toEqual(["checkpoint-10000", "checkpoint-9999", "config.json"]);
    const { trees, ...state } = await loadCheckpoint(dir);
    expect(state).toEqual({
      step: 10000,
      key: [1, 10000],
      meta: { note: "step 10000" },
      path: join(dir, "checkpoint-10000"),
      skipped: [],
    });
    expect(Object.entries(trees).map(([name, tree]) => [name, tree.map(([, data]) => [...toFloat32(data)])])).toEqual([
      ["params", [[10000]]],
      ["ema", [[-10000]]],
      ["optimizer", []],
    ]);
    expect(Object.keys((await loadCheckpoint(dir, { trees: ["ema"] })).trees)).toEqual(["ema"]);
    expect((await loadCheckpoint(dir, { step: 9999 })).step).toBe(9999);
    await expect(loadCheckpoint(dir, { step: 3 })).rejects.toThrow(/whole checkpoint of step 3, got none/);
  });

  test.each(["params.safetensors", "optimizer.safetensors", "state.json"])(
    "a checkpoint with a damaged or missing %s is passed over and named",
    async (name) => {
      const dir = await newRun();
      await save(dir, 1);
      const newest = join(await save(dir, 2), name);
      await truncate(newest, 20);
      expect(await loadCheckpoint(dir)).toMatchObject({ step: 1, skipped: [expect.stringContaining(newest)] });
      await rm(newest);
      expect(await loadCheckpoint(dir)).toMatchObject({ step: 1, skipped: [expect.stringContaining(newest)] });
      await rm(join(dir, "checkpoint-1"), { recursive: true });
      await expect(loadCheckpoint(dir)).rejects.toThrow(/only damaged ones/);
    },
  );

  test("a step saved again, or after going back, replaces the course that was given up", async () => {
    const dir = await newRun();
    for (const step of [1, 2, 3]) await save(dir, step, 9);
    await save(dir, 2, 9);
    expect((await readdir(dir)).sort()).toEqual(["checkpoint-1", "checkpoint-2.1", "config.json"]);
    expect((await loadCheckpoint(dir)).step).toBe(2);
  });

  test("a state that could not be read back is not saved", async () => {
    const dir = await newRun();
    const trees = { params: [], ema: [], optimizer: [] };
    await expect(saveCheckpoint(dir, { step: -1, key: [0, 0], trees })).rejects.toThrow(RangeError);
    await expect(saveCheckpoint(dir, { step: 1, key: [0, -1], trees })).rejects.toThrow(/key/);
    await expect(saveCheckpoint(dir, { step: 1, key: [0, 1], trees }, { keep: 0 })).rejects.toThrow(/keep/);
    await expect(
      saveCheckpoint(dir, { step: 1, key: [0, 1], trees: { ...trees, ema: [["w", { ...tensor(1), shape: [2] }]] } }),
    ).rejects.toThrow(/2 elements/);
    expect(await readdir(dir)).toEqual(["config.json"]);
    await expect(saveCheckpoint(join(dir, "no"), { step: 1, key: [0, 1], trees })).rejects.toMatchObject({
      code: "ENOENT",
    });
  });
});

describe("the log", () => {
  test("records are read in order; a line torn at any byte is left out, and the next record replaces it", async () => {
    const dir = await newRun();
    const path = join(dir, "log.jsonl");
    expect(await readLog(dir)).toEqual([]);
    const records = [{ step: 1, loss: 0.5 }, { step: 2, text: "ümlaut" }, { step: 3 }];
    for (const record of records) await appendLog(dir, record);
    expect(await readLog(dir)).toEqual(records);
    const whole = await readFile(path);
    const first = whole.indexOf("\n") + 1;
    for (let cut = first; cut < whole.indexOf("\n", first); cut++) {
      await writeFile(path, whole.subarray(0, cut));
      expect(await readLog(dir)).toEqual(records.slice(0, 1));
      await appendLog(dir, { step: 9 });
      expect(await readLog(dir)).toEqual([records[0], { step: 9 }]);
    }
    await writeFile(path, '{"step":1}\nnonsense\n{"step":2}\n');
    await expect(readLog(dir)).rejects.toThrow(/log\.jsonl: line 2: must be a JSON object with a step, got "nonsense"/);
  });

  test("cut back to a step, the log is what it was after that step", async () => {
    const dir = await newRun();
    for (const step of [1, 1, 2, 3, 4]) await appendLog(dir, { step });
    await truncateLog(dir, 2);
    expect((await readLog(dir)).map(({ step }) => step)).toEqual([1, 1, 2]);
    await truncateLog(dir, 2);
    await appendLog(dir, { step: 3 });
    expect((await readLog(dir)).map(({ step }) => step)).toEqual([1, 1, 2, 3]);
    await truncateLog(dir, 0);
    expect(await readLog(dir)).toEqual([]);
  });
});
