import { start } from "@nonmarkov/engine";
import { FormatError } from "@nonmarkov/files";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { normalTensor } from "@nonmarkov/autodiff";
import { key } from "@nonmarkov/random";
import { memory } from "@tensorflow/tfjs-core";
import { quickest } from "../../../../test/onnxRuntimes.ts";
import { onnxDenoiser } from "../../src/index.ts";
import { openOnnx } from "../../src/node/index.ts";
import { onnxGraph, type Port } from "../../src/onnx/graph.ts";
import { bytes, encode, int, message, string } from "../../src/onnx/protobuf.ts";
import { MissingPeerError, peer } from "../../src/node/peer.ts";

const dir = mkdtempSync(join(tmpdir(), "nonmarkov-open-onnx-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
beforeAll(async () => {
  await start({ backend: "nonmarkov" });
});

const written = (name: string, content: Uint8Array | string): string => {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
};

/** x + t, for a time and an output of any type and shape. */
const plus = (time: Port, op = "Add", output: Port["shape"] = ["batch", 3]): Uint8Array => {
  const graph = onnxGraph();
  const t = time.dtype === "float32" ? time.name : graph.node("Cast", [time.name], { to: 1 });
  const column = graph.node("Reshape", [t, graph.integers([-1, 1])]);
  const sum = graph.node(op, op === "Add" ? ["x", column] : ["x", "x"], op === "Concat" ? { axis: 1 } : {});
  const x: Port = { name: "x", dtype: "float32", shape: ["batch", 3] };
  return graph.file("plus", [x, time], sum, { name: "y", dtype: "float32", shape: output });
};

test.each(["float32", "int64"] as const)("a time of type %s and 0-based indices are understood", async (dtype) => {
  const time: Port = { name: "t", dtype, shape: ["batch"] };
  const model = await openOnnx(written(`plus-${dtype}.onnx`, plus(time)), { runtime: quickest, threads: 1 });
  const x = normalTensor(key(1), [2, 3]);
  const before = memory().numTensors;
  const y = await onnxDenoiser({ model })(x, 8);
  expect([...y.dataSync()]).toEqual([...x.dataSync()].map((v) => Math.fround(v + 7)));
  y.dispose();
  await expect((async () => onnxDenoiser({ model })(x, NaN))()).rejects.toThrow(RangeError);
  expect(memory().numTensors).toBe(before);
  x.dispose();
  await model.session.release();
});

test("a result of another shape than x is refused, and tensors are flat", async () => {
  const time: Port = { name: "t", dtype: "float32", shape: ["batch"] };
  const model = await openOnnx(written("twice.onnx", plus(time, "Concat", ["batch", 6])), {
    runtime: quickest,
    threads: 1,
  });
  const x = normalTensor(key(1), [2, 3]);
  const before = memory().numTensors;
  await expect((async () => onnxDenoiser({ model })(x, 8))()).rejects.toThrow(/shape of x, \[2, 3\], got \[2, 6\]/);
  expect(memory().numTensors).toBe(before);
  x.dispose();
  await model.session.release();
});

/** A tensor whose numbers are said to be in /etc/passwd. */
const outside = [
  ...[int(1, 1), int(2, 1), string(8, "w")],
  ...[message(13, [string(1, "location"), string(2, "/etc/passwd")]), int(14, 1)],
];
const modelOf = (graph: ReturnType<typeof message>): Uint8Array =>
  encode([int(1, 8), graph, message(8, [string(1, ""), int(2, 17)])]);
const constant = message(1, [
  string(2, "c"),
  string(4, "Constant"),
  message(5, [string(1, "value"), message(5, outside), int(20, 4)]),
]);

describe("a bad file is refused, with its name and what to do", () => {
  const time: Port = { name: "t", dtype: "float32", shape: ["batch"] };
  const whole = plus(time);
  const cases: Readonly<Record<string, readonly [Uint8Array | string, RegExp]>> = {
    "an empty file": ["", /0 bytes/],
    "a text": ["no model at all, but a text", /must be an ONNX file, got another format/],
    "a file that is cut short": [whole.slice(0, whole.length - 20), /must be an ONNX file/],
    "an op that nobody has": [plus(time, "MyCustomOp"), /ONNX Runtime can load, got .*MyCustomOp/s],
    "weights in another file": [modelOf(message(7, [message(5, outside)])), /itself, got those of w in another file/],
    "a constant in another file": [modelOf(message(7, [constant])), /itself, got those of w/],
    "a constant in another file, in a branch": [
      modelOf(
        message(7, [message(1, [string(4, "If"), message(5, [string(1, "then_branch"), message(6, [constant])])])]),
      ),
      /itself, got those of w/,
    ],
    "a number without an end": [encode([int(1, 8), bytes(7, Uint8Array.of(8, 255))]), /must be an ONNX file/],
  };
  test.each(Object.keys(cases))("%s", async (name) => {
    const [content, words] = cases[name]!;
    const path = written("bad.onnx", content);
    const error: unknown = await openOnnx(path, { runtime: quickest, threads: 1 }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FormatError);
    expect((error as Error).message).toMatch(words);
    expect((error as Error).message).toContain(path);
  });
  test("options that are none", async () => {
    await expect(openOnnx("x.onnx", { runtime: "gpu" as "node" })).rejects.toThrow(/node or web, got "gpu"/);
    await expect(openOnnx("x.onnx", { threads: 0 })).rejects.toThrow(/threads/);
  });
});

test("a package that is not installed is named, with how to install it", async () => {
  const missing = peer("onnxruntime-nowhere", "an ONNX file", () => import("onnxruntime-nowhere" as string));
  await expect(missing).rejects.toThrow(MissingPeerError);
  await expect(missing).rejects.toThrow(/npm install onnxruntime-nowhere/);
});
