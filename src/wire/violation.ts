/** What the other side must not say. Crosses. */

/** Bytes that are no encoded value, or that break a limit: the other side is broken or hostile. */
export class WireViolation extends Error {}
