/** upstream.test.ts where the stream handles are not known: TLS stands on tls.TLSSocket. */
process.env.ENVOYLET_TRANSPORT = 'net';
await import('./upstream.test.ts');
