-- CreateTable
CREATE TABLE "identities" (
    "id" SERIAL NOT NULL,
    "username" TEXT NOT NULL,
    "issuer" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "email" TEXT,
    "created_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "used_at" TIMESTAMP(3),

    CONSTRAINT "identities_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "oidc_logins" (
    "id" SERIAL NOT NULL,
    "handle_hash" TEXT NOT NULL,
    "issuer_id" TEXT NOT NULL,
    "username" TEXT,
    "subject" TEXT,
    "email" TEXT,
    "email_verified" BOOLEAN NOT NULL DEFAULT false,
    "expires_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "oidc_logins_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "identities_issuer_subject_key" ON "identities"("issuer", "subject");

-- CreateIndex
CREATE UNIQUE INDEX "identities_username_issuer_key" ON "identities"("username", "issuer");

-- CreateIndex
CREATE UNIQUE INDEX "oidc_logins_handle_hash_key" ON "oidc_logins"("handle_hash");

-- CreateIndex
CREATE INDEX "oidc_logins_expires_at_idx" ON "oidc_logins"("expires_at");
