/** Colour tables of 256 RGB entries. Grey needs none: its rule is a formula. */
export type MapName = "grey" | "phase" | "difference";

/** Not a number: magenta of full saturation, which no table below reaches. */
export const nanColour = [255, 0, 255] as const;

function toSrgb(linear: number): number {
  const clamped = Math.min(1, Math.max(0, linear));
  const coded = clamped <= 0.0031308 ? 12.92 * clamped : 1.055 * clamped ** (1 / 2.4) - 0.055;
  return Math.round(255 * coded);
}

/**
 * OKLab to 8-bit sRGB.
 *
 * Source: B. Ottosson, "A perceptual color space for image processing" (2020), the published matrices.
 */
export function oklabToRgb(lightness: number, a: number, b: number): [number, number, number] {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    toSrgb(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    toSrgb(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    toSrgb(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function table(colour: (t: number) => [number, number, number], last: number): Uint8Array {
  const out = new Uint8Array(3 * 256);
  for (let i = 0; i < 256; i++) out.set(colour(i / last), 3 * i);
  return out;
}

/**
 * Cyclic and of even lightness: a full turn of hue at one lightness, so that no phase looks brighter than another and the
 * wrap from pi to -pi has no edge (entry 256 would be entry 0).
 */
const phase = table(
  (t) => oklabToRgb(0.72, 0.115 * Math.cos(2 * Math.PI * t), 0.115 * Math.sin(2 * Math.PI * t)),
  256,
);

/** Diverging: blue below, near-white at 0, red above; both arms darken alike, so that size reads as darkness. */
const difference = table((t) => {
  const signed = 2 * t - 1;
  const size = Math.abs(signed);
  const lightness = 0.97 - 0.52 * size;
  const chroma = 0.17 * Math.sin((Math.PI / 2) * size);
  const hue = ((signed < 0 ? 258 : 28) * Math.PI) / 180;
  return oklabToRgb(lightness, chroma * Math.cos(hue), chroma * Math.sin(hue));
}, 255);

export const tables: Readonly<Record<Exclude<MapName, "grey">, Uint8Array>> = { phase, difference };
