/** Numbers as Envoy's text and Prometheus output write them. */

const EXACT_DIGITS = 32;

/** C's `%.32g`: the double's exact decimal expansion, cut at 32 digits. */
export function exact(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  if (Number.isSafeInteger(value)) return String(value);
  const text = value.toPrecision(EXACT_DIGITS);
  const [digits = "", exponent] = text.split("e");
  const trimmed = digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
  return exponent === undefined ? trimmed : `${trimmed}e${padExponent(exponent)}`;
}

/** C's `%g`: six digits. */
export function general(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  if (value === 0) return "0";
  const [digits = "", exponent = "0"] = value.toExponential(5).split("e");
  const power = Number(exponent);
  if (power < -4 || power >= 6) return `${digits.replace(/\.?0+$/, "")}e${padExponent(exponent)}`;
  const text = value.toFixed(5 - power);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** The shortest text that reads back as the same double. */
export function shortest(value: number): string {
  return Number.isNaN(value) ? "nan" : String(value);
}

/** C++'s `to_chars`: the shortest text that reads back as the same double, with an exponent only where that is shorter. */
export function compact(value: number): string {
  if (!Number.isFinite(value)) return shortest(value);
  const fixed = String(value);
  const [digits = "", exponent = "0"] = value.toExponential().split("e");
  const scientific = `${digits}e${padExponent(exponent)}`;
  return fixed.includes("e") || scientific.length < fixed.length ? scientific : fixed;
}

function padExponent(exponent: string): string {
  const sign = exponent.startsWith("-") ? "-" : "+";
  return sign + exponent.replace(/^[+-]/, "").padStart(2, "0");
}
