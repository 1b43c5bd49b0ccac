import { FileError } from "@nonmarkov/files";
import { mkdir, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { tinyDisk } from "../../../test/tinyDisk.ts";
import { writeFileAtomic } from "../src/node/index.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "nonmarkov-files-"));
});
afterEach(() => rm(dir, { recursive: true }));

test("a write that fails half way leaves the old file as it was, and nothing else", async () => {
  const path = join(dir, "x");
  await writeFileAtomic(path, "old");
  const half = (async function* () {
    yield new Uint8Array(5);
    await Promise.resolve();
    throw new Error("half way");
  })();
  await expect(writeFileAtomic(path, half)).rejects.toThrow("half way");
  expect(await readFile(path, "utf8")).toBe("old");
  expect(await readdir(dir)).toEqual(["x"]);
  await mkdir(join(dir, "folder", "inside"), { recursive: true });
  await expect(writeFileAtomic(join(dir, "folder"), "new")).rejects.toThrow(FileError);
  expect((await readdir(dir)).sort()).toEqual(["folder", "x"]);
});

test.skipIf(tinyDisk.missing !== "")(
  `a full disk is a FileError with code ENOSPC, and nothing is left${tinyDisk.missing}`,
  async () => {
    const unmount = tinyDisk.mount(dir);
    try {
      await writeFileAtomic(join(dir, "x"), "old");
      await expect(writeFileAtomic(join(dir, "x"), new Uint8Array(100_000))).rejects.toMatchObject({
        name: "FileError",
        code: "ENOSPC",
        message: expect.stringContaining("free some space") as string,
      });
      expect(await readFile(join(dir, "x"), "utf8")).toBe("old");
      expect(await readdir(dir)).toEqual(["x"]);
    } finally {
      unmount();
    }
  },
);
