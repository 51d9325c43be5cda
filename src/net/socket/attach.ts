/**
 * Between Node's socket and the two sides of ours: what arrives is pushed, what ends or fails is told. Trusted side.
 * The place where another source of bytes would be put in: the sides know nothing of Node.
 */
import { SocketError } from '../../errors/classes.ts';
import type { Connection } from '../dial/connection.ts';
import type { Intake } from './intake.ts';
import type { ReadSide } from './read-side.ts';
import type { WriteSide } from './write-side.ts';

export interface AttachHooks {
  /** Bytes have arrived; called before they can be read. */
  readonly arrived: () => void;
  /** The connection is closed, by whatever cause. */
  readonly gone: () => void;
  /** What its bytes are read through; null: through the stream. */
  readonly intake: Intake | null;
}

/** Connects both sides to a connection. Returns how to undo that, after which nothing here touches it. */
export function attachSides(connection: Connection, read: ReadSide, write: WriteSide, hooks: AttachHooks): () => void {
  const { socket } = connection;
  const onData = (piece: Buffer): void => {
    hooks.arrived();
    read.push(piece);
  };
  const { intake } = hooks;
  const finish = (): void => {
    // Node drops what it holds when a socket fails; it came before the failure and is taken out here.
    for (let rest: unknown = socket.read(); rest instanceof Buffer; rest = socket.read()) read.push(rest);
    const closed = new SocketError('the connection is closed');
    read.end(connection.failure('recv') ?? closed);
    write.close(connection.failure('send') ?? closed);
  };
  const onEnd = (): void => {
    if (connection.failure() === null) read.end(null);
    else {
      finish();
      connection.destroy();
    }
  };
  const onClose = (): void => {
    detach();
    finish();
    hooks.gone();
  };
  const detach = (): void => {
    intake?.detach();
    socket.off('data', onData).off('end', onEnd).off('error', finish).off('close', onClose);
  };
  socket.on('end', onEnd).on('error', finish).on('close', onClose);
  if (intake === null) socket.on('data', onData);
  else {
    intake.attach({
      space: () => read.space(),
      landed: (count) => {
        hooks.arrived();
        read.landed(count);
      },
      push: (piece) => {
        hooks.arrived();
        read.pushLent(piece);
      },
    });
    socket.resume();
  }
  connection.onWriteFailure(() => write.close(connection.failure('send') ?? new SocketError('the write failed')));
  if (socket.destroyed) onClose();
  return detach;
}
