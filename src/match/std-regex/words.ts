const WORDS = {
  brackets: "The expression contained mismatched [ and ].",
  bounds: "The expression contained an invalid range in a {} expression.",
  brace: "The expression contained mismatched { and }.",
  character: "The expression contained an invalid character class name.",
  collating: "The expression contained an invalid collating element name.",
  escape: "The expression contained an invalid escaped character, or a trailing escape.",
  paren: "The expression contained mismatched ( and ).",
  range: "The expression contained an invalid character range, such as [b-a] in most encodings.",
  reference: "The expression contained an invalid back reference.",
  repeat: "One of *?+{ was not preceded by a valid regular expression.",
  rest: "The parser did not consume the entire regular expression.",
} as const;

/** Ends the reading of a pattern; the message is the library's. */
export class StdRegexFault extends Error {
  constructor(fault: keyof typeof WORDS) {
    super(WORDS[fault]);
  }
}
