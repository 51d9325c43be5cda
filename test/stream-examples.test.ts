/**
 * The examples of WebSockets and event streams, in Caspian and in TypeScript: each runs as its own `run:` line says,
 * against the example API, and prints what its `#=>` lines say.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from '../examples/api.ts';
import { API, example, start } from './helpers/examples.ts';

let api: Api;

beforeAll(async () => {
  api = await startApi(0);
});

afterAll(() => api.close());

describe.each(['casp', 'ts'])('in .%s', (language) => {
  it.each(['chat-client', 'model-answer'])('%s', async (name) => {
    const { command, promised } = example(`streams/${name}.${language}`, { [API]: api.host });
    await using started = start(command);
    expect([await started.ended, started.stderr, started.stdout]).toEqual([0, '', promised]);
    expect(promised).not.toBe('');
  });
});
