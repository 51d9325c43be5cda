/**
 * Every command of `caspian-net`, in the order of its help. Trusted side.
 */
import { CALL_COMMANDS } from './call-commands.ts';
import type { OperatorCommand } from './command.ts';
import { DASHBOARD_COMMANDS } from './dashboard-command.ts';
import { LIMIT_COMMANDS } from './limit-commands.ts';
import { LOGS_COMMANDS } from './logs-command.ts';
import { EXPLAIN_COMMANDS, POLICY_COMMANDS } from './policy-commands.ts';
import { SECRET_COMMANDS } from './secret-commands.ts';

export const COMMANDS: readonly OperatorCommand[] = [
  ...POLICY_COMMANDS,
  ...LIMIT_COMMANDS,
  ...EXPLAIN_COMMANDS,
  ...SECRET_COMMANDS,
  ...LOGS_COMMANDS,
  ...CALL_COMMANDS,
  ...DASHBOARD_COMMANDS,
];
