export { openGraphModel, openLayersModel, openTfjs, type TfjsModel } from "./openTfjs.ts";
export { openOnnx, type OpenOnnxOptions } from "./openOnnx.ts";
export { MissingPeerError } from "./peer.ts";
