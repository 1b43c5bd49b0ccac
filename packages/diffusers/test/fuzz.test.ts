import { treeDispose, treeEntries } from "@nonmarkov/autodiff";
import { encodeSafetensors } from "@nonmarkov/checkpoint";
import { start } from "@nonmarkov/engine";
import { FileError, FormatError } from "@nonmarkov/files";
import { memory } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadDiffusers } from "../src/node/index.ts";
import { type Files, tiny, WEIGHTS, weightsOf, writeFiles } from "./folders.ts";
import { unet2dConfigs } from "./unet/arbitraries.ts";

beforeAll(() => start({ backend: "nonmarkov" }));

const folder = mkdtempSync(join(tmpdir(), "nonmarkov-"));
afterAll(() => rmSync(folder, { recursive: true }));

const weights = weightsOf();
const whole = encodeSafetensors(weights, { format: "pt" });
const headerBytes = Number(new DataView(whole.buffer).getBigUint64(0, true));
const header = new TextDecoder().decode(whole.subarray(8, 8 + headerBytes));

/** Reads the folder with these files in it: parameters or an error that says what is wrong, and nothing is left over. */
const expectReadOrRefused = async (files: Files): Promise<"read" | "refused"> => {
  writeFiles(folder, files);
  const before = memory().numTensors;
  const got = await loadDiffusers(folder).catch((error: unknown) => error);
  if (got instanceof Error) {
    if (!(got instanceof FormatError || got instanceof FileError)) throw got;
    expect(got.message.length).toBeLessThan(20_000);
  } else {
    const { params } = got as Awaited<ReturnType<typeof loadDiffusers>>;
    expect(treeEntries(params).length).toBeGreaterThan(0);
    treeDispose(params);
  }
  expect(memory().numTensors).toBe(before);
  return got instanceof Error ? "refused" : "read";
};

const fragments = fc.oneof(
  fc.constantFrom("", '"', "{", "}", "[", "]", ",", ":", "null", "-1", "1e999", "9007199254740993", "NaN", "\\u0000", "é"),
  fc.constantFrom('"__proto__":1,', '"conv_in.bias":{},', "../", "F64", "[0,0]", "[1048576,1048576]", "[[[[[[[["),
); // prettier-ignore

/** A text in which a few places are cut out and something is put in. */
const edited = (text: string): fc.Arbitrary<string> =>
  fc
    .array(fc.record({ at: fc.nat(text.length), cut: fc.nat(12), put: fragments }), { minLength: 1, maxLength: 3 })
    .map((edits) => edits.reduce((s, { at, cut, put }) => s.slice(0, at) + put + s.slice(at + cut), text));

/** A safetensors file with another header, whose length is told rightly or not. */
const withHeader = (text: string, claimed?: bigint): Uint8Array => {
  const json = new TextEncoder().encode(text);
  const data = whole.subarray(8 + headerBytes);
  const out = new Uint8Array(8 + json.length + data.length);
  new DataView(out.buffer).setBigUint64(0, claimed ?? BigInt(json.length), true);
  out.set(json, 8);
  out.set(data, 8 + json.length);
  return out;
};

test("a safetensors file with wrong bytes, or cut short, is read or refused", async () => {
  const bytes = fc.record({
    flips: fc.array(fc.record({ at: fc.nat(8 + headerBytes), value: fc.nat(255) }), { maxLength: 4 }),
    end: fc.oneof(fc.constant(whole.length), fc.nat(whole.length)),
    more: fc.nat(3),
  });
  await fc.assert(
    fc.asyncProperty(bytes, async ({ flips, end, more }) => {
      const file = new Uint8Array(end + more);
      file.set(whole.subarray(0, end));
      for (const { at, value } of flips) if (at < file.length) file[at] = value;
      await expectReadOrRefused({ "config.json": tiny, [WEIGHTS]: file });
    }),
    { numRuns: 120 },
  );
});

test("a safetensors file whose header lies is read or refused", async () => {
  const lengths = fc.oneof(fc.constant(undefined), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
  await fc.assert(
    fc.asyncProperty(edited(header), lengths, async (text, claimed) => {
      await expectReadOrRefused({ "config.json": tiny, [WEIGHTS]: withHeader(text, claimed) });
    }),
    { numRuns: 120 },
  );
});

test("a header in which one number is another is refused, unless it says the same", async () => {
  type Entry = { readonly dtype: string; readonly shape: readonly number[]; readonly data_offsets: readonly number[] };
  const { __metadata__, ...entries } = JSON.parse(header) as Record<string, Entry>;
  const names = Object.keys(entries);
  const lies = fc.record({
    name: fc.constantFrom(...names),
    field: fc.constantFrom("shape", "data_offsets"),
    at: fc.nat(3),
    value: fc.oneof(fc.maxSafeInteger(), fc.nat(4000), fc.double(), fc.constantFrom(null, "1", [], {})),
  });
  await fc.assert(
    fc.asyncProperty(lies, async ({ name, field, at, value }) => {
      const entry = entries[name]!;
      const numbers = entry[field as "shape"];
      const place = at % numbers.length;
      const changed = { ...entry, [field]: numbers.map((n, i) => (i === place ? value : n)) };
      const text = JSON.stringify({ __metadata__, ...entries, [name]: changed });
      const same = Object.is(numbers[place], value) || (numbers[place] === 0 && value === 0);
      const outcome = await expectReadOrRefused({ "config.json": tiny, [WEIGHTS]: withHeader(text) });
      expect(outcome).toBe(same ? "read" : "refused");
    }),
    { numRuns: 200 },
  );
});

test("a mutilated config.json is read or refused", async () => {
  await fc.assert(
    fc.asyncProperty(edited(JSON.stringify(tiny)), async (text) => {
      await expectReadOrRefused({ "config.json": text, [WEIGHTS]: whole });
    }),
    { numRuns: 120 },
  );
});

test("a config.json with any values in its fields is read or refused", async () => {
  const fields = unet2dConfigs.chain((config) =>
    fc.tuple(fc.constant(config), fc.constantFrom(...Object.keys(config)), fc.jsonValue()),
  );
  await fc.assert(
    fc.asyncProperty(fields, async ([config, name, value]) => {
      await expectReadOrRefused({ "config.json": { ...config, [name]: value }, [WEIGHTS]: whole });
    }),
    { numRuns: 120 },
  );
});

test("whatever network is described, its own weights are read", async () => {
  await fc.assert(
    fc.asyncProperty(unet2dConfigs, async (config) => {
      const files = { "config.json": config, [WEIGHTS]: encodeSafetensors(weightsOf(config)) };
      expect(await expectReadOrRefused(files)).toBe("read");
    }),
    { numRuns: 25 },
  );
});

test("a mutilated index or model_index.json is read or refused", async () => {
  const index = JSON.stringify({ weight_map: Object.fromEntries(weights.map(([name]) => [name, "all.safetensors"])) });
  const model = JSON.stringify({ _class_name: "P", unet: ["diffusers", "UNet2DModel"], scheduler: ["diffusers", "S"] });
  await fc.assert(
    fc.asyncProperty(edited(index), edited(model), fc.boolean(), async (index, broken, both) => {
      await expectReadOrRefused({
        "model_index.json": both ? broken : model,
        "scheduler/scheduler_config.json": "{}",
        "unet/config.json": tiny,
        "unet/all.safetensors": whole,
        [`unet/${WEIGHTS}.index.json`]: index,
      });
    }),
    { numRuns: 120 },
  );
  rmSync(join(folder, "model_index.json"));
});
