/** In a page: computes all cases on the backend that its address names, and answers with what came of them. */
import { cases } from "./cases.ts";
import { runAll } from "./runAll.ts";

const backend = new URLSearchParams(location.search).get("backend") as "webgpu" | "nonmarkov";

runAll(backend, cases, ({ area, name }) => Object.assign(globalThis, { progress: `${area}: ${name}` })).then(
  (answer) => Object.assign(globalThis, { answer }),
  (error: unknown) => Object.assign(globalThis, { answer: String(error) }),
);
