export {
  loadDiffusers,
  type DiffusersModel,
  type LoadDiffusersOptions,
  type LoadedDiffusers,
} from "./loadDiffusers.ts";
export { saveDiffusers, type SaveDiffusersOptions } from "./saveDiffusers.ts";
