import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { Outputs } from '../../client/index.ts';
import { explainUpload } from '../files/explain-upload.ts';
import { laterText } from '../later-text.ts';
import { refresh } from '../session/refresh.ts';
import { useSession } from '../session/session.ts';
import { announce } from '../ui/announcer.tsx';
import { Picture } from '../ui/avatar.tsx';
import { Notice } from '../ui/field.tsx';

/** What the server can read. A list of types: for `image/*` iPhones would send HEIC. */
const pictureTypes = 'image/jpeg,image/png,image/webp,image/gif,image/avif';

const words = laterText.settings;

/** The user's picture, which is changed at once. Phones offer their camera, too. */
export function AvatarField({ profile }: { profile: Outputs['auth']['me'] }) {
  const { client, username } = useSession();
  const queries = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  const chooseButton = useRef<HTMLButtonElement>(null);
  const [error, setError] = useState<unknown>();
  /** Which part of the upload; 1 while the server is at work. */
  const [sent, setSent] = useState<number>();
  const isBusy = sent !== undefined;

  /** Without a file, the picture is removed. */
  async function change(file?: File) {
    if (isBusy) return;
    setError(undefined);
    setSent(file ? 0 : 1);
    try {
      const saved = await client.users.setAvatar.mutate({ fileId: file ? await upload(file) : null });
      queries.setQueryData(['me'], saved);
      await refresh(queries, ['profile', username]);
      if (!file) chooseButton.current?.focus(); // the other one is gone
      announce(file ? words.pictureChanged : words.pictureRemoved);
    } catch (cause) {
      setError(cause);
    } finally {
      setSent(undefined);
    }
  }

  /** For oneself, so that nobody else can be shown it as a file. */
  async function upload(file: File): Promise<string> {
    const onProgress = (bytes: number) => setSent(bytes / Math.max(file.size, 1));
    return (await client.files.upload(file, { recipient: username }, { onProgress })).id;
  }

  return (
    <div className="picture-field">
      <Picture username={username} url={profile.avatarUrl ?? ''} size="large" />
      <div className="field">
        <input
          ref={input}
          type="file"
          hidden
          accept={pictureTypes}
          onChange={({ currentTarget }) => {
            const [file] = currentTarget.files ?? [];
            if (file) void change(file);
            // So that the same file can be chosen again.
            currentTarget.value = '';
          }}
        />
        <div className="picture-actions">
          <button
            ref={chooseButton}
            type="button"
            className="button button-quiet"
            aria-disabled={isBusy}
            onClick={() => !isBusy && input.current?.click()}
          >
            {words.choosePicture}
          </button>
          {profile.avatarUrl && (
            <button
              type="button"
              className="button button-quiet"
              aria-disabled={isBusy}
              onClick={() => void change()}
            >
              {words.removePicture}
            </button>
          )}
        </div>
        {isBusy ? (
          <progress aria-label={words.changingPicture} {...(sent < 1 && { value: sent })} />
        ) : (
          <p className="hint">{words.pictureHint}</p>
        )}
        {error !== undefined && <Notice kind="error">{explainUpload(error)}</Notice>}
      </div>
    </div>
  );
}
