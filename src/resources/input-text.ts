/** One input as its reader found it: its bytes, or the reason why there are none. */
export type InputText = { readonly name: string; readonly bytes: Uint8Array } | { readonly name: string; readonly problem: string };
