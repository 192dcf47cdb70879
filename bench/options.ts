/** Command line of the bench. */
import { parseArgs } from 'node:util';

export interface Options {
  /** Seconds of the measured window, and of the warm-up before it. */
  seconds: number;
  warmup: number;
  rounds: number;
  only: string[];
  contenders: string[];
  /** How envoylet is started: `dist`, `src`, a command line, with or without `NAME=`; several for several contenders. */
  envoylet: string[];
  load: 'auto' | 'builtin';
  /** Workers of each proxy that has workers. */
  concurrency: number;
  /** Share of the reference's own maximum that is offered to all; 0 = no equal load. */
  offered: number;
  /** Whose maximum that is. */
  reference: string;
  /** Result whose offered rates are offered again; '' = none. */
  rates: string;
  syscalls: boolean;
  quick: boolean;
  /** Seconds after which no further timing begins; 0 = none. */
  budget: number;
  json: string;
  html: string;
  svg: string;
}

export const USAGE = `usage: npm run bench -- [options]             measure
       npm run bench -- compare A.json B.json  what got better or worse; exit code 1 on a regression,
                                               2 when nothing could be judged
       npm run bench -- report A.json          table, --html and --svg from a result
       npm run bench -- readme A.json …        README's table of figures; --write README.md puts it there

  --list               scenarios, contenders and tools found here
  --only a,b           scenarios, by name or its beginning (http1, grpc, redis …)
  --contenders a,b     only these
  --envoylet WHAT      dist, src or a command line, also as NAME=WHAT; may be given more than once
                       (default: ENVOYLET_CMD, dist, src)
  --rounds N           rounds, contenders in turn in each (default 5)
  --seconds S          measured seconds per round (default 3)
  --warmup S           seconds before that (default 2)
  --concurrency N      workers of each proxy that has workers, and CPUs for it (default 1)
  --load auto|builtin  builtin: never wrk, h2load, ghz or redis-benchmark (default auto)
  --offered P          per cent of the reference's maximum for latency at equal load, 0 for none (default 70)
  --reference NAME     default envoy, else envoylet
  --rates FILE         offer what was offered in that result, so that latencies can be compared
  --no-syscalls        do not count system calls with strace
  --quick              CI: one short round of the main scenarios, at most a minute; a trial, no figures
  --budget S           begin no timing after S seconds
  --json FILE          write the result
  --html FILE          write the report, one file
  --svg DIR            write its charts

compare:
  --floor P            per cent below which nothing is a change (default 5)
  --relative NAME      divide by this contender, round by round; none: by nobody
                       (default envoy, else another one that is in both files with the same version)
  --all                also print what did not change
`;

const list = (text: string | undefined): string[] => (text ?? '').split(',').filter((s) => s !== '');

function number(name: string, text: string | undefined, preset: number): number {
  if (text === undefined) return preset;
  const n = Number(text);
  if (!Number.isFinite(n) || n < 0) throw new Error(`--${name} ${text}: not a number`);
  return n;
}

/** Throws on what it does not know. `defaultEnvoylet`: what is there when nothing is asked for. */
export function parseOptions(args: string[], defaultEnvoylet: string): Options {
  const { values: v } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      contenders: { type: 'string' },
      envoylet: { type: 'string', multiple: true },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      warmup: { type: 'string' },
      concurrency: { type: 'string' },
      load: { type: 'string' },
      offered: { type: 'string' },
      reference: { type: 'string' },
      rates: { type: 'string' },
      'no-syscalls': { type: 'boolean' },
      quick: { type: 'boolean' },
      budget: { type: 'string' },
      json: { type: 'string' },
      html: { type: 'string' },
      svg: { type: 'string' },
    },
  });
  const quick = v.quick ?? false;
  if (v.load !== undefined && v.load !== 'auto' && v.load !== 'builtin')
    throw new Error(`--load ${v.load}: auto or builtin`);
  const rounds = number('rounds', v.rounds, quick ? 1 : 5);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds ${rounds}: a whole number from 1`);
  const concurrency = number('concurrency', v.concurrency, 1);
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw new Error(`--concurrency ${concurrency}: a whole number from 1`);
  return {
    seconds: number('seconds', v.seconds, quick ? 0.5 : 3),
    warmup: number('warmup', v.warmup, quick ? 0.2 : 2),
    rounds,
    only: list(v.only),
    contenders: v.contenders === undefined && quick ? ['envoylet', 'envoy'] : list(v.contenders),
    envoylet: v.envoylet ?? [defaultEnvoylet],
    concurrency,
    load: v.load ?? (quick ? 'builtin' : 'auto'),
    offered: number('offered', v.offered, quick ? 0 : 70) / 100,
    reference: v.reference ?? '',
    rates: v.rates ?? '',
    syscalls: !quick && v['no-syscalls'] !== true,
    quick,
    budget: number('budget', v.budget, quick ? 50 : 0),
    json: v.json ?? '',
    html: v.html ?? '',
    svg: v.svg ?? '',
  };
}
