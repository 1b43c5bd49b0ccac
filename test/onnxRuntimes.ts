/**
 * The ONNX runtimes that are installed. onnxruntime-node is not among the project's own dependencies, since its install script
 * downloads; `npm install --no-save --ignore-scripts onnxruntime-node@1.30.0` adds it.
 */
const native = "onnxruntime-node";
const installed = await import(/* @vite-ignore */ native).then(
  () => true,
  () => false,
);
if (!installed && process.env["CI"]) throw new Error("onnxRuntimes: CI needs onnxruntime-node, see .ci/run");
export const runtimes: readonly ("node" | "web")[] = installed ? ["node", "web"] : ["web"];
export const quickest = runtimes[0]!;
/** Why the native one is not tested, if it is not; for titles. */
export const noNative = installed ? "" : " (skipped: onnxruntime-node is not installed)";
