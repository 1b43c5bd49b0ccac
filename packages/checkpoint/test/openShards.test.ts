import { FileError, FormatError } from "@nonmarkov/files";
import fc from "fast-check";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { encodeSafetensors, fromFloat32, type TensorEntries, toFloat32 } from "../src/index.ts";
import { insideFolder, openShards, readJson } from "../src/node/index.ts";

const scratch = mkdtempSync(join(tmpdir(), "nonmarkov-"));
afterAll(() => rmSync(scratch, { recursive: true }));
const newFolder = (): string => mkdtempSync(join(scratch, "s-"));

const tensors = (values: Readonly<Record<string, number>>): TensorEntries =>
  Object.entries(values).map(([name, value]) => [name, fromFloat32(Float32Array.of(value), [1])]);

const write = (folder: string, files: Readonly<Record<string, TensorEntries>>, index: string | object): string => {
  for (const [name, entries] of Object.entries(files)) writeFileSync(join(folder, name), encodeSafetensors(entries));
  const path = join(folder, "model.safetensors.index.json");
  writeFileSync(path, typeof index === "string" ? index : JSON.stringify({ metadata: {}, weight_map: index }));
  return path;
};

const two = { "1.safetensors": tensors({ a: 1, b: 2 }), "2.safetensors": tensors({ c: 3 }) };
const map = { a: "1.safetensors", b: "1.safetensors", c: "2.safetensors" };

/** The error of reading with this index. */
const refused = (files: Readonly<Record<string, TensorEntries>>, index: string | object): Promise<Error> =>
  openShards(write(newFolder(), files, index)).then(
    () => new Error("it was read"),
    (reason: Error) => reason,
  );

test("tensors of several files are read as those of one", async () => {
  const file = await openShards(write(newFolder(), two, map));
  const read = await Promise.all(file.tensors.map(async ({ name }) => [name, ...toFloat32(await file.read(name))]));
  await file.close();
  expect(read).toEqual([["a", 1], ["b", 2], ["c", 3]]); // prettier-ignore
  await expect(file.read("d")).rejects.toThrow(/must name a tensor "d", got 3 others/);
});

describe("an index is refused", () => {
  test.each<[string, object | string, RegExp]>([
    ["that puts a tensor into another file", { ...map, b: "2.safetensors" }, /"b" in 1.safetensors, which the index has in 2/],
    ["that leaves one out", { a: "1.safetensors", c: "2.safetensors" }, /"b" in 1.safetensors, which the index has nowhere/],
    ["that names one too many", { ...map, d: "2.safetensors" }, /"d", which is not in 2.safetensors/],
    ["that leads to a folder above", { ...map, a: "../1.safetensors" }, /must be named by plain names, without folders, got "\.\.\/1/],
    ["that leads anywhere", { ...map, a: "/etc/passwd" }, /got "\/etc\/passwd"/],
    ["that leads to the folder itself", { ...map, a: "." }, /plain names/],
    ["that leads to a drive", { ...map, a: "C:\\1.safetensors" }, /plain names/],
    ["without a map", '{"weight_map":[1]}', /weight_map/],
    ["that is no JSON", "{", /must be JSON/],
    ["that names a tensor twice", '{"weight_map":{"a":"1.safetensors","a":"2.safetensors"}}', /must not name anything twice, got "a"/],
  ])("%s", async (_, index, message) => {
    const error = await refused(two, index);
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(message);
  }); // prettier-ignore

  test("whose files hold a tensor twice", async () => {
    const error = await refused({ ...two, "2.safetensors": tensors({ c: 3, a: 4 }) }, map);
    expect(error.message).toMatch(/"a" in 2.safetensors, which the index has in 1.safetensors/);
  });

  test("whose files are missing", async () => {
    expect(await refused({ "1.safetensors": two["1.safetensors"] }, map)).toMatchObject({ code: "ENOENT" });
  });
});

describe.skipIf(process.platform === "win32")("a link", () => {
  test("that leads out of the folder is not followed, one within it is", async () => {
    const [folder, elsewhere] = [newFolder(), newFolder()];
    writeFileSync(join(elsewhere, "secret"), "");
    writeFileSync(join(folder, "inside"), "");
    symlinkSync(join(elsewhere, "secret"), join(folder, "out"));
    symlinkSync("inside", join(folder, "in"));
    symlinkSync(elsewhere, join(folder, "way"));
    expect(await insideFolder(folder, "in")).toBe(join(folder, "in"));
    await expect(insideFolder(folder, "out")).rejects.toThrow(/"out" must lie in the folder, got a link to .*secret/);
    await expect(insideFolder(folder, "way", "secret")).rejects.toThrow(/"way\/secret" must lie in the folder/);
    await expect(insideFolder(folder, "none")).rejects.toThrow(FileError);
    await expect(insideFolder(scratch, folder.slice(scratch.length + 1))).rejects.toThrow(/must be a file/);
  });

  test("of the Hugging Face cache is followed to its own files only", async () => {
    const cache = newFolder();
    const [snapshot, blobs] = [join(cache, "snapshots", "abc"), join(cache, "blobs")];
    for (const folder of [snapshot, blobs, join(snapshot, "unet")]) mkdirSync(folder, { recursive: true });
    for (const file of ["1234", "refs"]) writeFileSync(join(file === "refs" ? cache : blobs, file), "");
    symlinkSync("../../blobs/1234", join(snapshot, "a"));
    symlinkSync("../../../blobs/1234", join(snapshot, "unet", "b"));
    symlinkSync("../../refs", join(snapshot, "c"));
    expect(await insideFolder(snapshot, "a")).toBe(join(snapshot, "a"));
    expect(await insideFolder(snapshot, "unet", "b")).toBe(join(snapshot, "unet", "b"));
    expect(await insideFolder(join(snapshot, "unet"), "b")).toBe(join(snapshot, "unet", "b"));
    await expect(insideFolder(snapshot, "c")).rejects.toThrow(/must lie in the folder/);
  });
});

test("no name leads out of a folder", async () => {
  const folder = newFolder();
  const letters = fc.string({ unit: fc.constantFrom(".", "/", "\\", "a", ":", "\0", "~", " "), maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(letters, async (name) => {
      const path = await insideFolder(folder, name).catch((error: Error) => error);
      expect(path).toSatisfy((found: unknown) => found instanceof FormatError || found instanceof FileError);
    }),
  );
});

test("a mutilated index is read or refused, never anything else", async () => {
  const folder = newFolder();
  const path = write(folder, two, map);
  const text = JSON.stringify({ weight_map: map });
  const edit = fc.record({
    at: fc.nat(text.length),
    cut: fc.nat(6),
    put: fc.constantFrom("", '"', "{", "}", "\\", "null", "[", "../", "\0", ","),
  });
  await fc.assert(
    fc.asyncProperty(edit, async ({ at, cut, put }) => {
      writeFileSync(path, text.slice(0, at) + put + text.slice(at + cut));
      const got = await openShards(path).catch((error: Error) => error);
      if ("close" in got) await got.close();
      else expect(got).toSatisfy((error: unknown) => error instanceof FormatError || error instanceof FileError);
    }),
    { numRuns: 200 },
  );
});

test("a JSON text that is too long is not read", async () => {
  const path = join(newFolder(), "long.json");
  writeFileSync(path, " ".repeat(2 ** 26) + "{}");
  await expect(readJson(path, (value) => value)).rejects.toThrow(/must be a text of at most 67108864 bytes/);
});
