import { expect, test, vi } from "vitest";
import { type ShaderError, start } from "../src/index.ts";
import type * as shades from "../src/shaders/shade.ts";
import { selfCheck } from "../src/selfCheck.ts";

/** Which kernel's shaders are spoiled, and how. */
let broken: { readonly op: string; readonly how: "as Min" | "other settings" | "no text" } | undefined;

vi.mock("../src/shaders/shade.ts", async (original) => {
  const module = await original<typeof shades>();
  const makeShade: typeof module.makeShade = (options) => {
    const right = module.makeShade(options);
    return (op, inputs, attrs) => {
      if (op !== broken?.op) return right(op, inputs, attrs);
      if (broken.how === "as Min") return right("Min", inputs, attrs);
      if (broken.how === "other settings") return right(op, inputs, { ...attrs, eps: 10, scale: 2 });
      const shading = right(op, inputs, attrs)!;
      return { ...shading, dispatches: shading.dispatches.map((dispatch) => ({ ...dispatch, body: "fn main( {" })) };
    };
  };
  return { ...module, makeShade };
});

test("a wrong shader is found and named, of a kernel that runs at once, of a gradient, and of recorded functions", async () => {
  await start({ backend: "webgpu" });
  const check = (): Promise<unknown> =>
    selfCheck("webgpu").then(
      () => undefined,
      (error: unknown) => error,
    );
  expect(await check()).toBeUndefined();

  broken = { op: "GroupNorm", how: "other settings" };
  expect(await check()).toMatchObject({ name: "SelfCheckError", op: "GroupNorm" });
  broken = { op: "AttentionGrad", how: "other settings" };
  expect(await check()).toMatchObject({ op: "the gradient of Attention" });
  broken = { op: "Max", how: "as Min" };
  expect(await check()).toMatchObject({
    op: "Max",
    reason: expect.stringMatching(/^recorded, element 0 must/) as string,
  });
});

test("a shader that does not compile is refused with the op's name and the compiler's words", async () => {
  vi.resetModules();
  const engine = await import("../src/index.ts");
  broken = { op: "SiluGrad", how: "no text" };
  const error: unknown = await engine.start({ backend: "webgpu" }).catch((e: unknown) => e);
  expect(error).toMatchObject({
    name: "SelfCheckError",
    op: "Silu",
    reason: expect.stringContaining("SiluGrad") as string,
  });
  expect((error as Error).cause).toMatchObject({ name: "ShaderError" satisfies ShaderError["name"], op: "SiluGrad" });
});
