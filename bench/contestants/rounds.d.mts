import type { Sample } from '../harness/row.ts';

export function answerRounds(round: (ms: number) => Sample | Promise<Sample>): Promise<never>;
export function rateAwaited(ms: number, step: () => Promise<unknown>): Promise<Sample>;
export function rateBlocking(ms: number, step: () => unknown): Sample;
export function latencyBlocking(ms: number, step: () => unknown): Sample;
export function rateCalledBack(ms: number, step: (next: () => void) => void): Promise<Sample>;
