/**
 * A response's body into a file: under a temporary name, which becomes the real one when all of it is there. Trusted side.
 */
import { HttpStatusError } from '../../errors/classes.ts';
import type { Files } from '../files.ts';
import type { HttpResponse } from './response.ts';

/** How far a download has got. */
export interface Progress {
  /** The path as it was written. */
  readonly to: string;
  /** What is downloaded. */
  readonly url: string;
  /** Bytes, decoded. */
  readonly received: number;
  /** As the server stated it; null if it did not. */
  readonly total: number | null;
  readonly state: 'under way' | 'done' | 'failed';
}

export interface DownloadParts {
  readonly files: Files;
  readonly fetch: () => Promise<HttpResponse>;
  readonly onProgress: (progress: Progress) => void;
}

/**
 * Resolves with the response when the file is there. Raises HttpStatusError for any status but 2xx, FileNotAllowedError
 * before anything is sent, and what broke; the file is then as it was before.
 */
export async function download(to: string, { files, fetch, onProgress }: DownloadParts): Promise<HttpResponse> {
  const file = await files.create(to, 'download');
  const last: { step: Progress | null } = { step: null };
  const tell = (progress: Progress): void => {
    last.step = progress;
    onProgress(progress);
  };
  try {
    const response = await fetch();
    if (!response.ok) {
      await response.close();
      const { status, reason } = response;
      throw new HttpStatusError(`${status} ${reason}`.trim(), { operation: 'download', status });
    }
    const about = { to, url: response.url, total: response.expectedLength };
    let received = 0;
    tell({ ...about, received, state: 'under way' });
    for await (const piece of response) {
      await file.write(piece);
      received += piece.length;
      tell({ ...about, received, state: 'under way' });
    }
    await file.finish();
    tell({ ...about, received, state: 'done' });
    return response;
  } catch (error) {
    await file.abandon();
    if (last.step !== null) onProgress({ ...last.step, state: 'failed' });
    throw error;
  }
}
