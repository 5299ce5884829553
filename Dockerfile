# The local stack in a container, for machines without Node and for other containers to put to:
#
#   docker build -t hydrant .
#   docker run --init -p 127.0.0.1:4566:4566 -p 127.0.0.1:4572:4572 -v hydrant:/data hydrant --tls
#
# The embedded DynamoDB is a program for 64-bit Linux on Intel; elsewhere Docker emulates that.
FROM --platform=linux/amd64 node:24-bookworm-slim

WORKDIR /opt/hydrant
COPY package.json package-lock.json .npmrc ./
# What runs the stack is among the development dependencies: what is deployed needs none of it.
RUN npm ci && npm cache clean --force

COPY serverless.yml tsconfig.json ./
COPY bin bin
COPY examples examples
COPY handlers handlers
COPY offline offline
COPY resources resources
COPY src src

# Functions are built below the service's directory, as the user that runs them.
RUN mkdir /data && chown node:node /data /opt/hydrant
USER node

# Reached from outside of the container, as far as its ports are published; the data outlive it in the volume.
ENV HYDRANT_HOST=0.0.0.0 HYDRANT_DATA_DIR=/data
VOLUME /data
EXPOSE 4566 4572

HEALTHCHECK --interval=5s --start-period=60s CMD ["node", "-e", "fetch('http://127.0.0.1:4566/health').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]

# Not by npm, which would stand between the container's signals and the stack.
ENTRYPOINT ["node", "offline/start.mjs"]
