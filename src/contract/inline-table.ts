/** A route table that stands in its connection manager is a resource of its own; the manager then names it in `rds`. */

/** Names of such tables begin so; no name of a user's table can (it holds a NUL, which the API forbids). */
export const INLINE = "\u0000inline:";
