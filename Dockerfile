# Mirage in a container: docker build -t mirage .

# The workflow also builds and tries the image with other versions.
ARG NODE_VERSION=20

FROM node:${NODE_VERSION}-bookworm AS build
WORKDIR /app
# The models first, because installing generates the clients from them; the layer is reused until they change.
COPY package.json package-lock.json prisma.config.ts ./
COPY prisma ./prisma
COPY packages ./packages
RUN npm ci
COPY tsconfig.json tsconfig.build.json vite.config.ts ./
COPY scripts ./scripts
COPY src ./src
RUN npm run generate && npm run build && npm prune --omit=dev --ignore-scripts && rm -rf node_modules/@mirage

FROM node:${NODE_VERSION}-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=5000
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/prisma ./prisma
COPY --from=build /app/dist ./dist
# For the SQLite database; not used with Postgres.
RUN mkdir data && chown node:node data
VOLUME /app/data
USER node
EXPOSE 5000
# Checks the process and not its services, which a restart would not bring back.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/server/main.js"]
