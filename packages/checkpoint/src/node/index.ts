export {
  loadCheckpoint,
  saveCheckpoint,
  type Checkpoint,
  type CheckpointSource,
  type LoadOptions,
  type TreeName,
} from "./checkpoint.ts";
export type { Json, Parse } from "./json.ts";
export { insideFolder } from "./insideFolder.ts";
export { appendLog, readLog, truncateLog, type LogRecord } from "./log.ts";
export { isModel, readModel, readModelWeights, saveModel, type ModelSource } from "./model.ts";
export { makeFolder } from "./makeFolder.ts";
export { openShards } from "./openShards.ts";
export { readJson } from "./readJson.ts";
export { readText } from "./readText.ts";
export { openSafetensors, readSafetensors, type SafetensorsFile } from "./readSafetensors.ts";
export { createRun, readConfig } from "./run.ts";
export { appendSession, readSessions, type Session } from "./sessions.ts";
export { writeSafetensors, type TensorSource, type TensorSources } from "./writeSafetensors.ts";
