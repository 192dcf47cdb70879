/** Further tries keep away from priorities that were tried (PreviousPrioritiesRetryPriority). */
import t from 'tap';
import type { LoadBalancerContext } from '../../../src/upstream/load-balancers/load-balancer.ts';
import { endpoint, makeCluster, priority } from '../hosts.ts';

function without(...priorities: number[]): LoadBalancerContext & { reset: number } {
  const ctx = {
    hasHash: true,
    hashHi: 0,
    hashLo: 0,
    leftOut: new Set(priorities),
    reset: 0,
    another: () => false,
    nothingLeft() {
      ctx.reset++;
      ctx.leftOut.clear();
    },
  };
  return ctx;
}

/** Which of a hundred draws goes where: the shares in percent, by port. */
function shares(hosts: Parameters<typeof priority>[], ctx: LoadBalancerContext): Record<number, number> {
  let draw = 0;
  const c = makeCluster({ lbPolicy: 'RANDOM' }, () => (draw % 2 === 0 ? 0 : (draw - 1) / 2) + 0 * draw++);
  c.update(hosts.map((h) => priority(...h)));
  const found: Record<number, number> = {};
  for (let i = 0; i < 100; i++) {
    draw = 2 * i;
    const port = c.chooseHost(ctx)?.address.port ?? -1;
    found[port] = (found[port] ?? 0) + 1;
  }
  return found;
}

const down = { healthStatus: 'UNHEALTHY' } as const;

t.test('the lowest of the others takes all it can, the next what is left', (t) => {
  const whole = [0, 1, 2].map((p): Parameters<typeof priority> => [p, endpoint(p + 1)]);
  t.strictSame(shares(whole, without(0)), { 2: 100 });
  t.strictSame(shares(whole, without(1)), { 1: 100 });
  t.strictSame(shares(whole, without(0, 1)), { 3: 100 });
  // One of four healthy hosts takes 35 percent.
  const some: Parameters<typeof priority>[] = [
    [0, endpoint(1)],
    [1, endpoint(2), endpoint(12, down), endpoint(22, down), endpoint(32, down)],
    [2, endpoint(3)],
  ];
  t.strictSame(shares(some, without(0)), { 2: 35, 3: 65 });
  t.end();
});

t.test('when nothing is left, all are there again', (t) => {
  const ctx = without(0, 1);
  t.strictSame(
    shares(
      [
        [0, endpoint(1)],
        [1, endpoint(2)],
      ],
      ctx,
    ),
    { 1: 100 },
  );
  t.equal(ctx.reset, 1);
  t.end();
});
