-- Written by hand. Messages that one side has hidden, among which clearing a conversation finds those that nobody sees any more.
CREATE INDEX "inbox_messages_hidden_idx" ON "inbox_messages"("sender", "recipient", "id")
WHERE "hidden_from_sender" OR "hidden_from_recipient";

-- Those that were left before: one side has hidden them, and the other has cleared the conversation.
DELETE FROM "inbox_messages"
WHERE ("hidden_from_sender" OR "hidden_from_recipient")
    AND ("hidden_from_sender" OR "id" <= coalesce((
        SELECT "cleared_up_to" FROM "inbox_conversations"
        WHERE "username" = "inbox_messages"."sender" AND "peer" = "inbox_messages"."recipient"), 0))
    AND ("hidden_from_recipient" OR "id" <= coalesce((
        SELECT "cleared_up_to" FROM "inbox_conversations"
        WHERE "username" = "inbox_messages"."recipient" AND "peer" = "inbox_messages"."sender"), 0));
