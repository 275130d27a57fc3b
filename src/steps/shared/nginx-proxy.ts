/** Where a task may write: an empty volume that goes with it, since the rest of its file system is read-only. */
export const writablePath = '/run/proxy'

/** The path of the bundle of public authorities in the images of NGINX, on Alpine and on Debian alike. */
const publicAuthorities = '/etc/ssl/certs/ca-certificates.crt'

/** Names of environment variables; all but the first hold secrets. */
export const proxyVariables = {
  configuration: 'NGINX_CONF',
  certificate: 'SERVER_CERT',
  key: 'SERVER_KEY',
  clientCa: 'CLIENT_CA',
  crl: 'CLIENT_CRL',
} as const

export interface ProxyConfiguration {
  /** The name that clients know, which the server's certificate must say. */
  name: string
  /** DNS name of the execute-api endpoint. */
  upstream: string
  /** `{api}.execute-api.{region}.amazonaws.com` */
  api: string
  stage: string
  /** How long a client's chain may be, its own certificate not counted. */
  depth: number
  revocations: boolean
  /** Fargate's units, 1024 to a core. */
  cpu: number
}

/**
 * "Intermediate compatibility" of Mozilla's server-side TLS guidelines 5.7, without DHE, which would need parameters.
 */
const ciphers = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':')

/**
 * The configuration of the proxy's NGINX. Clients call `https://NAME/PATH`, and the proxy puts the stage in front, so
 * that no other stage can be reached: NGINX itself refuses a path that climbs above its root, encoded or not. A
 * variable in `proxy_pass` makes it resolve the upstream's name again and again, at the VPC's resolver; a literal name
 * would be resolved once. Directives as in the documentation of ngx_http_ssl_module, ngx_http_proxy_module and
 * ngx_http_core_module.
 *
 * The headers that tell the API who is calling are set here: a copy that the client sends is overwritten, and NGINX
 * drops names with underscores, which some backends read as hyphens. `x-apigw-api-id` would lead to another API ("How
 * to invoke a private API", API Gateway guide). 10 MB is the most that API Gateway takes; integrations of private APIs
 * may be given 5 minutes (quotas, API Gateway guide).
 */
export const nginxConfiguration = (wanted: ProxyConfiguration): string => `\
daemon off;
worker_processes ${Math.max(1, Math.ceil(wanted.cpu / 1024))};
worker_shutdown_timeout 25s;
pid ${writablePath}/nginx.pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
  server_tokens off;
  default_type application/octet-stream;
  log_format calls '$remote_addr "$request" $status $ssl_protocol $ssl_client_verify "$ssl_client_s_dn" '
    '$ssl_client_serial $upstream_addr $upstream_status $request_time';
  access_log /dev/stdout calls;
  client_body_temp_path ${writablePath}/temp-body;
  proxy_temp_path ${writablePath}/temp-proxy;
  fastcgi_temp_path ${writablePath}/temp-fastcgi;
  uwsgi_temp_path ${writablePath}/temp-uwsgi;
  scgi_temp_path ${writablePath}/temp-scgi;
  resolver 169.254.169.253 valid=10s ipv6=off;
  resolver_timeout 5s;

  server {
    listen 443 ssl;
    server_name ${wanted.name};
    ssl_certificate ${writablePath}/tls/server.pem;
    ssl_certificate_key ${writablePath}/tls/server.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers ${ciphers};
    ssl_prefer_server_ciphers off;
    ssl_session_cache shared:sessions:2m;
    ssl_session_timeout 10m;
    ssl_session_tickets off;
    ssl_client_certificate ${writablePath}/tls/client-ca.pem;
    ssl_verify_client on;
    ssl_verify_depth ${wanted.depth};
${wanted.revocations ? `    ssl_crl ${writablePath}/tls/client.crl;\n` : ''}\
    ignore_invalid_headers on;
    underscores_in_headers off;
    large_client_header_buffers 4 8k;
    client_max_body_size 10m;
    client_header_timeout 15s;
    client_body_timeout 30s;
    send_timeout 30s;
    keepalive_timeout 65s;
    location / {
      set $upstream "${wanted.upstream}";
      proxy_pass https://$upstream:443/${wanted.stage}$request_uri;
      proxy_http_version 1.1;
      proxy_redirect off;
      proxy_connect_timeout 5s;
      proxy_send_timeout 60s;
      proxy_read_timeout 300s;
      proxy_ssl_protocols TLSv1.2 TLSv1.3;
      proxy_ssl_server_name on;
      proxy_ssl_name "${wanted.api}";
      proxy_ssl_verify on;
      proxy_ssl_verify_depth 4;
      proxy_ssl_trusted_certificate ${publicAuthorities};
      proxy_set_header Host "${wanted.api}";
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Client-DN $ssl_client_s_dn;
      proxy_set_header X-Client-Issuer $ssl_client_i_dn;
      proxy_set_header X-Client-Serial $ssl_client_serial;
      proxy_set_header X-Client-Verify $ssl_client_verify;
      proxy_set_header x-apigw-api-id "";
    }
  }

  server {
    listen 80;
    location = /health {
      access_log off;
      default_type text/plain;
      return 200 "ok\\n";
    }
    location / { return 404; }
  }
}
`

const { configuration, certificate, key, clientCa, crl } = proxyVariables

/**
 * The command of the container, in place of its image's own. Secrets come as environment variables ("Pass Secrets
 * Manager secrets through Amazon ECS environment variables", ECS guide); here they become files that only the master
 * process can read, and leave the environment before NGINX begins.
 */
const script = `\
set -eu
umask 077
cd ${writablePath}
mkdir -p tls
printf '%s\\n' "$${certificate}" > tls/server.pem
printf '%s\\n' "$${key}" > tls/server.key
printf '%s\\n' "$${clientCa}" > tls/client-ca.pem
if [ -n "\${${crl}:-}" ]; then printf '%s\\n' "$${crl}" > tls/client.crl; fi
printf '%s\\n' "$${configuration}" > nginx.conf
unset ${Object.values(proxyVariables).join(' ')}
exec nginx -e stderr -p "$PWD/" -c "$PWD/nginx.conf"
`

export const proxyCommand: readonly string[] = ['sh', '-c', script]
