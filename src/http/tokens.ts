/** Lists of tokens in header values, as Envoy reads them. */

/** Whether a comma-separated list has this token, whatever its case. */
export function hasToken(list: string | null, token: string): boolean {
  return list !== null && list.split(",").some((part) => part.trim().toLowerCase() === token);
}

/** The value before the first `;`. */
export function withoutParameters(value: string): string {
  const end = value.indexOf(";");
  return (end < 0 ? value : value.slice(0, end)).trim();
}
