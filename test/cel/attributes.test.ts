/** What expressions are told of the node, of certificates, and of whom the connection manager takes for the client. */
import t from 'tap';
import '../../src/cel/engine.ts';
import { Headers } from '../../src/codec/headers.ts';
import { type CelSite, celCompiler } from '../../src/format/cel-programs.ts';
import type { FormatContext, Json } from '../../src/format/format-context.ts';
import { FieldsOnly } from '../../src/format/shared-message.ts';
import { StreamInfo } from '../../src/http/stream/stream-info.ts';

const SITE: CelSite = { clientAddress: () => undefined, filterChainName: '' };

class Mine extends FieldsOnly {
  readonly name = 'n';
  readonly count = 3;
  readonly yes = true;
}

function context(): FormatContext {
  const info = new StreamInfo('HTTP/1.1', 0, null);
  info.setFilterState('text', 'é');
  info.setFilterState('number', 7);
  info.setFilterState('fields', new Mine());
  return { info, request: new Headers(), response: null, responseTrailers: null };
}

const text = (expression: string, site = SITE): string | undefined =>
  celCompiler().ofText(expression, site).text(context());

t.test('the node is what the config says of it (H352)', async (t) => {
  const node = { id: 'me', cluster: 'all', metadata: { a: [1, { b: null }] }, locality: { region: 'r', zone: 'z' } };
  const site = { ...SITE, localInfo: { nodeId: 'me', nodeCluster: 'all', zone: 'z', node } };
  t.equal(text('xds.node.id', site), 'me');
  t.equal(text("xds.node.metadata['a'][0]", site), '1');
  t.equal(text('xds.node.locality.zone', site), 'z');
  t.equal(text('xds.node.user_agent_name', site), 'envoy');
  t.equal(text('xds.node.extensions', site), undefined);
  t.equal(text('has(xds.node.locality) && !has(xds.node.locality.sub_zone)', site), 'true');
  const json = celCompiler().ofText('xds.node', site).typed(context(), -1);
  t.same(JSON.parse((json as Json).text), {
    ...{ id: 'me', cluster: 'all', metadata: { a: [1, { b: null }] }, locality: { region: 'r', zone: 'z' } },
    user_agent_name: 'envoy',
  });
  t.equal(text('xds.node.id'), undefined, 'where nobody is told who we are');
});

t.test('what filters share is bytes, or has fields', async (t) => {
  t.equal(text("filter_state['text']"), '\xc3\xa9');
  t.equal(text("filter_state['text'] == b'é'"), 'true');
  t.equal(text("filter_state['number']"), '7');
  t.equal(text("filter_state['fields'].name"), 'n');
  t.equal(text("filter_state['fields'].count + 1"), '4');
  t.equal(text("filter_state['fields'].yes"), '1');
  t.equal(text("filter_state['fields'].none"), undefined);
  t.equal(text("filter_state['none']"), undefined);
});

t.test('whom the connection manager takes for the client has no port', async (t) => {
  const v4 = { ...SITE, clientAddress: () => '10.1.2.3' };
  t.equal(text('source.address', v4), '10.1.2.3:0');
  t.equal(text('source.port', v4), '0');
  t.equal(text('source.address', { ...SITE, clientAddress: () => '::1' }), '[::1]:0');
  t.equal(text('source.address'), undefined, 'nobody is there');
});

t.test('an expression asks for what a stream does not keep otherwise', async (t) => {
  const needs = { bits: 0 };
  celCompiler().ofText("[{'a': upstream.local_address}]", { ...SITE, needs });
  t.not(needs.bits, 0);
  const timed = { bits: 0 };
  celCompiler().ofText("response['backend_latency'] > duration('1s')", { ...SITE, needs: timed });
  t.not(timed.bits, 0);
  t.not(timed.bits, needs.bits);
});
