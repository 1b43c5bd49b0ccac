import type { Svg } from "./chart.ts";

/** A chart as a file of its own: black on white, whatever page shows it. */
export const standaloneSvg = (svg: Svg): string =>
  svg
    .replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ')
    .replace("background:transparent;color:currentColor", "background:white;color:#1a1a1a");
