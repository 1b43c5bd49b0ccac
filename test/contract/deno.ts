/** In Deno: computes all cases on WebGPU, and prints what came of them. */
import { cases } from "./cases.ts";
import { type Report, runAll } from "./runAll.ts";

const { gpu } = navigator as { readonly gpu?: GPU };
const adapter = await gpu?.requestAdapter();
const answer: Report | { readonly missing: true } = adapter ? await runAll("webgpu", cases) : { missing: true };
console.log(JSON.stringify(answer));
