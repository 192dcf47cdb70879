/** http-11-proxy.test.ts where the stream handles are not known: TLS stands on tls.TLSSocket. */
process.env.ENVOYLET_TRANSPORT = 'net';
await import('./http-11-proxy.test.ts');
