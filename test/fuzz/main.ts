/**
 * `npm run fuzz -- --seed=1 --count=100000 [--from=0] [--kind=random|mutated] [--show=NUMBER]`: runs that many random and
 * as many mutated programs and exits with 1 if any of them did what no program may do. `--show` prints one program.
 */
import { parseArgs } from 'node:util';
import { runCampaign } from './campaign.ts';
import { KINDS, type Kind, programOf } from './judge.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '100000' },
    from: { type: 'string', default: '0' },
    kind: { type: 'string' },
    show: { type: 'string' },
  },
});

const seed = Number(values.seed);
const from = Number(values.from);
const count = Number(values.count);
const kinds = KINDS.filter((kind) => values.kind === undefined || kind === values.kind);

/** Progress is shown every so many programs. */
const LINE = 5000;

async function fuzz(kind: Kind): Promise<number> {
  let shown = 0;
  const { findings, stopped } = await runCampaign({
    kind,
    seed,
    from,
    count,
    onProgress: (done, ended) => {
      if (done - shown < LINE) return;
      shown = done;
      console.log(`${kind}, seed ${seed}: ${done} of ${count}, ${ended} ended by a limit`);
    },
  });
  for (const { number, complaint } of findings) {
    console.log(`${kind} --seed=${seed} --show=${number}: ${complaint}`);
  }
  console.log(
    `${kind}, seed ${seed}: ${count} programs from ${from}, ${stopped.length} ended by a limit, ${findings.length} findings`,
  );
  return findings.length;
}

if (values.show !== undefined) {
  for (const kind of kinds) process.stdout.write(programOf(kind, seed, Number(values.show)));
} else {
  let findings = 0;
  for (const kind of kinds) findings += await fuzz(kind);
  process.exitCode = findings === 0 ? 0 : 1;
}
