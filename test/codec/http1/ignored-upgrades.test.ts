// ignore_http_11_upgrade: what a request asks for without those (beside Envoy: conformance hcm-more/ignores).
import t from 'tap';
import { Headers } from '../../../src/codec/headers.ts';
import { ignoreUpgrades } from '../../../src/codec/http1/connection-header.ts';

const tls = (token: string): boolean => token.startsWith('TLS/');

t.test('what is ignored goes, and with the last of it the Upgrade of Connection', async (t) => {
  const rows: [string, string, string, readonly string[]][] = [
    ['TLS/1.2', 'Upgrade', '', []],
    ['TLS/1.2 , TLS/1.3', 'keep-alive, upgrade', '', ['connection', 'keep-alive']],
    ['TLS/1.2, websocket', 'Upgrade', 'websocket', ['connection', 'Upgrade', 'upgrade', 'websocket']],
    ['websocket', 'Upgrade', 'websocket', ['connection', 'Upgrade', 'upgrade', 'websocket']],
  ];
  for (const [asked, connection, left, list] of rows) {
    const h = new Headers();
    h.list = ['connection', connection, 'upgrade', asked];
    t.equal(ignoreUpgrades(h, asked, tls), left, asked);
    t.same(h.list, list);
  }
});
