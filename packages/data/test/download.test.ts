import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { tinyDisk } from "../../../test/tinyDisk.ts";
import {
  mnist,
  mnistFiles,
  mnistMirrors,
  type DownloadProgress,
  type MirrorFile,
  type MnistOptions,
} from "../src/node/index.ts";
import { idxImages, idxLabels } from "./idxBytes.ts";

/** Stand-ins for MNIST: images of noise, so that they stay as large when packed. */
const noise = createHash("shake256", { outputLength: 200_000 }).update("noise").digest();
const count = 250;
const content = {
  images: gzipSync(
    idxImages(
      Array.from({ length: count }, (_, i) => [...noise.subarray(784 * i, 784 * (i + 1))]),
      28,
      28,
    ),
  ),
  labels: gzipSync(idxLabels(Array.from({ length: count }, (_, i) => i % 10))),
};
const mirrorFile = (name: string, bytes: Uint8Array): MirrorFile => ({
  name,
  bytes: bytes.length,
  sha256: createHash("sha256").update(bytes).digest("hex"),
});
const pair = { images: mirrorFile("images.gz", content.images), labels: mirrorFile("labels.gz", content.labels) };
const files = { train: pair, test: pair };

/** What a mirror does with a request for the images; labels are always served right. */
type Behaviour = (response: ServerResponse, request: IncomingMessage, body: Buffer) => void;

const ranged: Behaviour = (response, request, body) => {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const range = { "content-range": `bytes ${from}-${body.length - 1}/${body.length}` };
  response.writeHead(from > 0 ? 206 : 200, { "content-length": body.length - from, ...(from > 0 ? range : {}) });
  response.end(body.subarray(from));
};
const whole: Behaviour = (response, _, body) =>
  void response.writeHead(200, { "content-length": body.length }).end(body);
/** Says that it sends all, sends some, and hangs up. */
const interrupted =
  (bytes: number): Behaviour =>
  (response, request, body) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const range = { "content-range": `bytes ${from}-${body.length - 1}/${body.length}` };
    response.writeHead(from > 0 ? 206 : 200, { "content-length": body.length - from, ...(from > 0 ? range : {}) });
    response.write(body.subarray(from, from + bytes), () => setTimeout(() => response.destroy(), 20));
  };
const corrupted: Behaviour = (response, _, body) =>
  void response.end(body.map((byte, i) => (i === 5000 ? byte ^ 1 : byte)));
const missing: Behaviour = (response) => void response.writeHead(404).end("no such file");
const rangeRefused: Behaviour = (response) => void response.writeHead(416).end();
const silent: Behaviour = (response, _, body) =>
  void response.writeHead(200, { "content-length": body.length }).flushHeaders();
const short: Behaviour = (response) => void response.end("not this");
const long: Behaviour = (response, _, body) => void response.end(Buffer.concat([body, body]));

/** Each mirror "/a/", "/b/" plays its list of behaviours, the last one for ever. */
let plays: Record<string, Behaviour[]>;
let requests: string[];
const server = createServer((request, response) => {
  const [, mirror, name] = request.url!.split("/");
  if (name === "labels.gz") return whole(response, request, content.labels);
  requests.push(`${mirror}${request.headers.range === undefined ? "" : ` ${request.headers.range}`}`);
  const play = plays[mirror!]!;
  (play.length > 1 ? play.shift()! : play[0]!)(response, request, content.images);
});
const address = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

let root: string;
let cacheDir: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "nonmarkov-download-"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(root, { recursive: true });
});
beforeEach(async () => {
  cacheDir = join(await mkdtemp(join(root, "cache-")), "made", "on", "demand");
  requests = [];
});

const load = (behaviours: typeof plays, options: MnistOptions = {}) => {
  plays = behaviours;
  return mnist({ cacheDir, mirrors: Object.keys(behaviours).map((name) => `${address()}/${name}`), files, ...options });
};
const cachedRight = async (): Promise<boolean> => content.images.equals(await readFile(join(cacheDir, "images.gz")));
const put = (name: string, bytes: Uint8Array) => writeFile(join(cacheDir, name), bytes);

test("files come once, with progress that ends at their sizes, and are read from the cache after that", async () => {
  const progress: DownloadProgress[] = [];
  const data = await load({ a: [ranged] }, { onProgress: (p) => progress.push(p) });
  expect(data).toMatchObject({ size: count, classes: 10 });
  const images = progress.filter(({ file }) => file === "images.gz");
  expect(images.every((p, i) => p.total === content.images.length && p.received > (images[i - 1]?.received ?? 0))).toBe(
    true,
  );
  expect(images.at(-1)!.received).toBe(content.images.length);
  await load({ a: [missing] });
  expect(requests).toEqual(["a"]);
  expect((await readdir(cacheDir)).sort()).toEqual(["images.gz", "labels.gz"]);
});

test("an interrupted download goes on where it stopped, at once or the next time", async () => {
  await load({ a: [interrupted(70_000), ranged] });
  expect(requests).toEqual(["a", "a bytes=70000-"]);
  await rm(join(cacheDir, "images.gz"));
  requests = [];
  await load({ a: [interrupted(70_000), missing], b: [rangeRefused, ranged] });
  expect(requests).toEqual(["a", "a bytes=70000-", "b bytes=70000-", "b"]);
  await rm(join(cacheDir, "images.gz"));
  requests = [];
  const stop = new AbortController();
  const stopped = load({ a: [interrupted(70_000)] }, { signal: stop.signal, onProgress: () => stop.abort() });
  await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
  await load({ b: [ranged] });
  expect(requests).toEqual(["a", expect.stringMatching(/^b bytes=[1-9]\d*-$/)]);
  expect(await cachedRight()).toBe(true);
});

test("a server that knows no ranges sends all again, and it is taken from the start", async () => {
  await load({ a: [interrupted(70_000), whole] });
  expect(await cachedRight()).toBe(true);
});

test("a part that was damaged on disk is dropped, and the download starts again", async () => {
  await load({ a: [ranged] });
  await rm(join(cacheDir, "images.gz"));
  await put("images.gz.part", new Uint8Array(5000).fill(7));
  await load({ a: [ranged] });
  expect(requests.slice(1)).toEqual(["a bytes=5000-", "a"]);
  expect(await cachedRight()).toBe(true);
});

test("a file that was damaged in the cache is downloaded again", async () => {
  await load({ a: [ranged] });
  await put("images.gz", content.images.subarray(1));
  await load({ a: [ranged] });
  expect(requests).toEqual(["a", "a"]);
  expect(await cachedRight()).toBe(true);
});

const faults: readonly (readonly [title: string, behaviour: Behaviour, message: RegExp])[] = [
  ["sends other bytes", corrupted, /a\/images\.gz: a wrong SHA-256/],
  ["has no such file", missing, /a\/images\.gz: status 404/],
  ["announces another length", short, /a length of 8 instead of \d+ bytes/],
  [
    "sends more than it should",
    (response, request, body) => (response.writeHead(200), long(response, request, body)),
    /more than the \d+ bytes expected/,
  ],
  ["sends nothing", silent, /no data for 300 ms/],
  ["hangs up again and again", interrupted(0), /a\/images\.gz/],
];

test.each(faults)(
  "a mirror that %s is given up with the reason, and the next one is asked",
  async (_, fault, message) => {
    await load({ a: [fault], b: [ranged] }, { stallMs: 300 });
    expect(requests[0]).toBe("a");
    expect(requests.at(-1)).toMatch(/^b/);
    expect(await cachedRight()).toBe(true);
    await rm(join(cacheDir, "images.gz"));
    await expect(load({ a: [fault] }, { stallMs: 300 })).rejects.toThrow(message);
    await expect(load({ a: [fault] }, { stallMs: 300 })).rejects.toMatchObject({
      name: "DownloadError",
      message: /images\.gz: must be downloaded from one of the mirrors, got .*; check the network/,
    });
    expect(existsSync(join(cacheDir, "images.gz"))).toBe(false);
  },
);

test("where nobody listens the error names the address and the reason", async () => {
  const nobody = mnist({ cacheDir, mirrors: ["http://127.0.0.1:1/"], files });
  await expect(nobody).rejects.toThrow(/http:\/\/127\.0\.0\.1:1\/images\.gz: .+; check the network/);
});

test("a cache that cannot be written is named", async () => {
  await writeFile(join(root, "file"), "");
  await expect(mnist({ cacheDir: join(root, "file", "below"), mirrors: [], files })).rejects.toMatchObject({
    name: "DownloadError",
    message: /cannot be stored/,
  });
});

test.skipIf(tinyDisk.missing !== "")(
  `a full disk is named, no other mirror is asked and nothing is left${tinyDisk.missing}`,
  async () => {
    const disk = await mkdtemp(join(root, "disk-"));
    onTestFinished(tinyDisk.mount(disk));
    cacheDir = disk;
    await expect(load({ a: [ranged], b: [ranged] })).rejects.toMatchObject({
      name: "DownloadError",
      message: /the disk is full/,
    });
    expect(requests).toEqual(["a"]);
    expect(await readdir(disk)).toEqual([]);
  },
);

test("the published files have the sizes and hashes that belong to real mirrors", () => {
  const all = Object.values(mnistFiles).flatMap(({ images, labels }) => [images, labels]);
  expect(all.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(11_594_722);
  expect(new Set(all.map(({ sha256 }) => /^[0-9a-f]{64}$/.exec(sha256)?.[0])).size).toBe(4);
  expect(mnistMirrors.every((mirror) => new URL(mirror).protocol === "https:")).toBe(true);
});
