export { syncFolder } from "./syncFolder.ts";
export { naming, systemCode } from "./systemError.ts";
export { writeAll } from "./writeAll.ts";
export { isTemporary, temporaryBeside, writeFileAtomic, writeNewFile, type FileContent } from "./writeFileAtomic.ts";
