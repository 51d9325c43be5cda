/**
 * What a server answers, read into what was asked for. Trusted side, pure: an answer of another shape is an empty one, and
 * never a value of a wrong type.
 */

export function listOf(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? reply : [];
}

export function bytesOf(reply: unknown): Uint8Array {
  // A copy, since the client's own bytes may be part of a larger piece.
  return reply instanceof Uint8Array ? new Uint8Array(reply) : new Uint8Array(0);
}

export function textOf(reply: unknown): string {
  return reply instanceof Uint8Array ? Buffer.from(reply).toString('utf8') : typeof reply === 'string' ? reply : '';
}

export function numberOf(reply: unknown): number {
  const number = typeof reply === 'number' ? reply : Number(textOf(reply));
  return Number.isFinite(number) ? number : 0;
}
