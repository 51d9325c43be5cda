/**
 * `dashboard`: a page about what goes through an egress, on this machine alone. Trusted side.
 */
import { openDashboard } from '../../egress/dashboard/server.ts';
import { UsageError } from '../arguments.ts';
import { type Given, type OperatorCommand, type Step, value } from './command.ts';

const HIGHEST_PORT = 65_535;

function dashboard(given: Given): Step {
  const port = given.count('port') ?? 0;
  if (port > HIGHEST_PORT) throw new UsageError(`--port must be from 0 to ${HIGHEST_PORT}`);
  return async ({ egress, output, signal }) => {
    await using open = await openDashboard(egress, { port });
    await output.fields({ open: open.link });
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve());
      if (signal.aborted) resolve();
    });
    return 0;
  };
}

export const DASHBOARD_COMMANDS: readonly OperatorCommand[] = [
  {
    form: 'dashboard',
    doc: 'a page on this machine about what goes on, until Ctrl-C; the printed link opens it once',
    options: { port: value('of 127.0.0.1; any that is free if nothing is said') },
    effect: 'looks',
    prepare: dashboard,
  },
];
