/** Whether Envoy lets a referer through: an absolute URL without user info and fragment, or a relative reference without fragment. */

/** RFC 3986 characters of a URL, beyond the letters and digits; `#` is judged apart. */
const URI_CHARACTERS = /^[A-Za-z0-9\-._~%!$&'()*+,;=:@/?]*$/;
const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]+)([^#]*)(#.*)?$/s;

export function refererIsValid(value: string): boolean {
  const absolute = ABSOLUTE.exec(value);
  if (absolute !== null && hostIsSane(absolute[1] as string)) {
    return absolute[3] === undefined && !(absolute[1] as string).includes("@");
  }
  const colon = value.indexOf(":");
  const slash = value.indexOf("/");
  if (colon >= 0 && (slash < 0 || colon < slash)) return false;
  return URI_CHARACTERS.test(value);
}

function hostIsSane(authority: string): boolean {
  return /^([^@]*@)?(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._~-]+)(:\d{0,5})?$/.test(authority);
}
