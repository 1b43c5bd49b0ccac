export { prepare, run, work } from "./pool";
