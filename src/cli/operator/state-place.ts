/**
 * Which state a command is about, and whether it is there. Trusted side.
 */
import { existsSync } from 'node:fs';
import { EGRESS_OPTIONS } from '../../egress/options.ts';
import { UsageError } from '../arguments.ts';
import type { Given, OperatorCommand } from './command.ts';
import { Failure } from './failure.ts';

export const STATE_VARIABLE = 'CASPIAN_EGRESS_STATE';
export const DEFAULT_STATE = 'sqlite:egress.db';

export interface StatePlace {
  /** As `openEgress` takes it. */
  readonly state: string;
  /** The file that it is in, where that is not there yet; else null. */
  readonly newFile: string | null;
}

/** Raises UsageError for a state that can't be meant. */
export function placeOf(given: Given, effect: OperatorCommand['effect']): StatePlace {
  const { state, source } = named(given);
  const read = EGRESS_OPTIONS.state.read(state);
  if ('refused' in read) throw new UsageError(`${source}=${withoutPassword(state)}: this ${read.refused}`);
  if (read.value.kind === 'redis') return { state, newFile: null };
  const { path } = read.value;
  if (path === ':memory:') {
    if (effect !== 'looks') throw new UsageError(`${source}=${state}: nothing would be kept`);
    return { state, newFile: null };
  }
  return { state, newFile: existsSync(path) ? null : path };
}

/** Raises Failure where the command needs what is not there. */
export function checkThere({ newFile }: StatePlace, effect: OperatorCommand['effect']): void {
  if (newFile === null || effect === 'makes') return;
  throw new Failure(`there is no state in ${newFile}`, 'caspian-net allow add makes it; --state names another');
}

/** An empty variable is none. */
function named(given: Given): { readonly state: string; readonly source: string } {
  const option = given.optional('state');
  if (option !== undefined) return { state: option, source: '--state' };
  const variable = process.env[STATE_VARIABLE];
  return variable === undefined || variable === ''
    ? { state: DEFAULT_STATE, source: '--state' }
    : { state: variable, source: STATE_VARIABLE };
}

function withoutPassword(state: string): string {
  return state.replace(/^([a-z]+:\/\/).*@/is, '$1***@');
}
