/**
 * Memory of bodies that was lent and has come back. Trusted side. V8 counts what lies outside its heap: without this, each
 * 15 MB or so that come through in pieces of their own cost everybody on the loop a major collection of several ms.
 */

/** Frees a piece that nobody reads or writes any more, if it has its memory to itself; else a collection will. */
export function free(piece: Uint8Array): void {
  const { buffer } = piece;
  // Longer ones have other views; pools are among them.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === piece.byteLength) buffer.transfer(0);
}
