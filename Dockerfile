# The image's outside is Envoy's: /usr/local/bin/envoy, /etc/envoy/envoy.yaml, user `envoy` (101), the same entrypoint rules.
# docker build --build-arg COMMIT=$(git rev-parse HEAD) -t envoylet .          (docs/guides/image.md)
FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
# What `--version` says: there is no repository in here.
ARG COMMIT=
# Not through npm, which puts the pinned Node first: the bytecode must be of the Node that the image runs.
RUN ENVOYLET_COMMIT=$COMMIT node build/bundle.ts

FROM node:24-bookworm-slim
RUN groupadd --gid 101 envoy \
  && useradd --uid 101 --gid 101 --no-create-home --shell /usr/sbin/nologin envoy \
  && mkdir -p /etc/envoy \
  && ln -s /opt/envoylet/dist/envoylet.js /usr/local/bin/envoy \
  && ln -s /opt/envoylet/dist/envoylet.js /usr/local/bin/envoylet
COPY --from=build /build/dist /opt/envoylet/dist
COPY package.json LICENSE /opt/envoylet/
COPY config /opt/envoylet/config
COPY config/image.yaml /etc/envoy/envoy.yaml
COPY --chmod=0755 docker/entrypoint.sh /docker-entrypoint.sh
# The threads of V8 leave 15 MB behind in arenas of their own after a load (docs/performance.md).
ENV MALLOC_ARENA_MAX=1
# By number, so that runAsNonRoot can be checked.
USER 101:101
EXPOSE 10000
ENTRYPOINT ["/docker-entrypoint.sh"]
CMD ["envoy", "-c", "/etc/envoy/envoy.yaml"]
