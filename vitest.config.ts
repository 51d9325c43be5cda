import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { SummaryReporter } from './test/helpers/summary.ts';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/helpers/build.ts', 'test/isolate/wpt/setup.ts'],
    reporters: [['default', { summary: false }], new SummaryReporter()],
    // Tests wait more than they work: on two CPUs one worker, the default, leaves half of the machine idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
