import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** A chart as an SVG element in text, drawn in the page's own colours (currentColor). */
export type Svg = string;

/** Draws with Observable Plot on a document of linkedom's. */
export const chart = (options: Plot.PlotOptions): Svg => {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const figure = Plot.plot({
    ...options,
    document: document as unknown as Document,
    style: {
      background: "transparent",
      color: "currentColor",
      fontFamily: "ui-sans-serif, system-ui, sans-serif",
      fontSize: "12px",
    },
  });
  return figure.outerHTML;
};
