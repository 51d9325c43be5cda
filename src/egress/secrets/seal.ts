/**
 * Secrets at rest: AES-256-GCM (NIST SP 800-38D), a random nonce for each value, bound to the row that it stands in.
 * Trusted side.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/**
 * What a value belongs to. SECURITY: who can write to the state and has no key can't have it opened under another name, for
 * another app, or for other hosts (test/attacks/egress-moved-secret.test.ts).
 */
export interface SealedRow {
  readonly name: string;
  readonly app: string | null;
  /** As it is stored. */
  readonly scope: string;
}

function boundTo({ name, app, scope }: SealedRow): Buffer {
  return Buffer.from(JSON.stringify([name, app, scope]));
}

/** `key`: 32 bytes. */
export function seal(key: Uint8Array, value: string, row: SealedRow): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(boundTo(row));
  const sealed = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), sealed]);
}

/** Null if it was sealed with another key, for another row, or was changed since. */
export function unseal(key: Uint8Array, sealed: Uint8Array, row: SealedRow): string | null {
  if (sealed.length < 1 + NONCE_BYTES + TAG_BYTES || sealed[0] !== VERSION) return null;
  const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
  const tag = sealed.subarray(1 + NONCE_BYTES, 1 + NONCE_BYTES + TAG_BYTES);
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(boundTo(row)).setAuthTag(tag);
  try {
    const opened = [decipher.update(sealed.subarray(1 + NONCE_BYTES + TAG_BYTES)), decipher.final()];
    return Buffer.concat(opened).toString('utf8');
  } catch {
    return null;
  }
}
