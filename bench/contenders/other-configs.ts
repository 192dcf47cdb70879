/** Config files of HAProxy, nginx and nutcracker: one worker, upstream connections kept, no access log. */
import { certificateIn } from './certificate.ts';
import { type Group, redisPorts, type Setup } from './contender.ts';

export function haproxyConfig(group: Group, setup: Setup): string {
  const proto = group === 'grpc' ? ' proto h2' : '';
  const tls = group === 'tls' ? ` ssl crt ${certificateIn(setup.dir).both} alpn h2,http/1.1` : '';
  const backend = group === 'grpc' ? setup.backends.grpc : setup.backends.http1;
  return `global
  nbthread ${setup.workers}
  maxconn 8000
defaults
  mode ${group === 'tcp' ? 'tcp' : 'http'}
  timeout connect 1s
  timeout client 300s
  timeout server 300s
${group === 'tcp' ? '' : '  http-reuse always\n'}listen l
  bind 127.0.0.1:${setup.port}${proto}${tls}
  server s 127.0.0.1:${backend}${proto}
`;
}

export function nginxConfig(group: Group, setup: Setup): string {
  const grpc = group === 'grpc';
  const tls = group === 'tls' ? certificateIn(setup.dir) : null;
  const certificate = tls === null ? '' : `ssl_certificate ${tls.cert}; ssl_certificate_key ${tls.key};`;
  const pass = grpc
    ? 'grpc_pass grpc://b; client_max_body_size 0; grpc_read_timeout 300s;'
    : 'proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://b;';
  // nginx started by root would become nobody, who may not write into our directory.
  const user = process.getuid?.() === 0 ? 'user root;\n' : '';
  return `${user}worker_processes ${setup.workers};
daemon off;
pid ${setup.dir}/nginx.pid;
error_log ${setup.dir}/error.log;
events { worker_connections 8192; }
http {
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 300s;
  client_body_buffer_size 128k;
  proxy_buffers 16 16k;
  client_body_temp_path ${setup.dir}/body;
  proxy_temp_path ${setup.dir}/proxy;
  fastcgi_temp_path ${setup.dir}/fastcgi;
  uwsgi_temp_path ${setup.dir}/uwsgi;
  scgi_temp_path ${setup.dir}/scgi;
  upstream b {
    server 127.0.0.1:${grpc ? setup.backends.grpc : setup.backends.http1};
    keepalive 128;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${setup.port}${tls === null ? '' : ' ssl'}${grpc || tls !== null ? ' http2' : ''} backlog=4096;
    ${certificate}
    location / { ${pass} }
  }
}
`;
}

export function nutcrackerConfig(group: Group, setup: Setup): string {
  const servers = redisPorts(group, setup.backends)
    .map((port) => `   - 127.0.0.1:${port}:1\n`)
    .join('');
  return `l:
  listen: 127.0.0.1:${setup.port}
  hash: murmur
  distribution: ketama
  redis: true
  servers:
${servers}`;
}
