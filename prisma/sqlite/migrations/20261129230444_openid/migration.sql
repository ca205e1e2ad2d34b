-- CreateTable
CREATE TABLE "identities" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "username" TEXT NOT NULL,
    "issuer" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "email" TEXT,
    "created_at" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "used_at" DATETIME
);

-- CreateTable
CREATE TABLE "oidc_logins" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "handle_hash" TEXT NOT NULL,
    "issuer_id" TEXT NOT NULL,
    "username" TEXT,
    "subject" TEXT,
    "email" TEXT,
    "email_verified" BOOLEAN NOT NULL DEFAULT false,
    "expires_at" DATETIME NOT NULL
);

-- CreateIndex
CREATE UNIQUE INDEX "identities_issuer_subject_key" ON "identities"("issuer", "subject");

-- CreateIndex
CREATE UNIQUE INDEX "identities_username_issuer_key" ON "identities"("username", "issuer");

-- CreateIndex
CREATE UNIQUE INDEX "oidc_logins_handle_hash_key" ON "oidc_logins"("handle_hash");

-- CreateIndex
CREATE INDEX "oidc_logins_expires_at_idx" ON "oidc_logins"("expires_at");
