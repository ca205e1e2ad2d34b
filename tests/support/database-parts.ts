// What a database has after all migrations, besides its tables. Add here what a migration adds.

const everywhere = [
  'inbox_changes_username_id_idx',
  'inbox_conversations_username_activity_id_idx',
  'inbox_deleted_keys_created_at_idx',
  'inbox_messages_client_id_key',
  'inbox_messages_recipient_id_idx',
  'inbox_messages_sender_id_idx',
  'inbox_messages_sender_recipient_id_idx',
  'inbox_search_parts_username_first_id_idx',
  'kept_messages_client_id_key',
  'room_invites_code_hash_key',
  'room_invites_room_id_id_idx',
  'room_members_room_id_id_idx',
  'room_members_room_id_username_key',
  'room_members_staff_idx',
  'room_members_username_id_idx',
  'room_pins_room_id_ms_seq_key',
  'rooms_created_by_idx',
  'rooms_is_private_id_idx',
  'rooms_name_key',
  'rooms_name_skeleton_idx',
  'sessions_token_hash_key',
  'sessions_username_idx',
  'user_blocks_blocked_idx',
  'users_email_key',
  'users_name_skeleton_idx',
  'users_search_name_idx',
  'users_username_key',
  'users_without_search_name_idx',
];

export const indexes = {
  sqlite: everywhere,
  postgresql: [...everywhere, 'inbox_search_docs_tokens_idx'].sort(),
};

export const triggers = {
  sqlite: [
    'inbox_conversations_delete',
    'inbox_conversations_hide_from_recipient',
    'inbox_conversations_hide_from_sender',
    'inbox_conversations_insert',
    'inbox_search_delete',
    'inbox_search_edit',
    'kept_clock_advance',
  ],
  postgresql: [
    'inbox_changes_in_order',
    'inbox_conversations_delete',
    'inbox_conversations_hide',
    'inbox_conversations_insert',
    'inbox_messages_in_order',
    'inbox_search_delete',
    'inbox_search_edit',
    'inbox_search_hold_up',
    'rooms_name_in_order',
    'rooms_name_in_order_update',
    'rooms_public_in_order',
    'rooms_public_in_order_update',
    'users_name_in_order',
  ],
};
