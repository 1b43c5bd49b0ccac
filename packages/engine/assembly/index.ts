export { open, prepare, run, work } from "./pool";
