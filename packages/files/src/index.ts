export { FileError, FormatError, type Fault } from "./errors.ts";
