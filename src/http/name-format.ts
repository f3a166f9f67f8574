/** How header names are written in HTTP/1 (`header_key_format`). Without one they go out in lower case. */
export interface NameFormat {
  /** The name to write for a lower-case one. */
  format(name: string): string;
}

/** `proper_case_words`: the first letter, and each after anything that is neither letter nor digit, in upper case. */
export const PROPER_CASE: NameFormat = {
  format: (name) => name.replace(/(^|[^A-Za-z0-9])([a-z])/g, (_, before: string, letter: string) => before + letter.toUpperCase()),
};

/** The preserve_case formatter: names as the message's sender wrote them, for one message. */
export class OriginalNames implements NameFormat {
  readonly #names = new Map<string, string>();
  readonly #others: NameFormat | undefined;

  /** `others`: for names that were not received (`formatter_type_on_envoy_headers`). */
  constructor(others?: NameFormat) {
    this.#others = others;
  }

  /** Remembers a received name; of several spellings the first counts. */
  remember(original: string): void {
    const name = original.toLowerCase();
    if (!this.#names.has(name)) this.#names.set(name, original);
  }

  format(name: string): string {
    return this.#names.get(name) ?? this.#others?.format(name) ?? name;
  }
}
