import { formType } from '../../receive-file.ts';

const boundary = 'example-boundary';

/** A form as browsers send it. The field `file` is the content of a text file. */
export function formOf(fields: Record<string, unknown>): { headers: Record<string, string>; text: string } {
  const parts = Object.entries(fields).map(([name, value]) => {
    const ofFile = name === 'file' ? '; filename="notes.txt"\r\nContent-Type: text/plain' : '';
    return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${ofFile}\r\n\r\n${value}\r\n`;
  });
  return {
    headers: { 'Content-Type': `${formType}; boundary=${boundary}` },
    text: `${parts.join('')}--${boundary}--\r\n`,
  };
}
