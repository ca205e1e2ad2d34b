import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export interface LogMessage {
  file: string;
  /** Absent if it is chosen at run time. */
  level: string | undefined;
  /** Interpolated expressions are written as `<name>`. */
  text: string;
}

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
const folder = fileURLToPath(new URL('../../src/server/', import.meta.url));

/** Every message that the server's sources write to the log. */
export function findLogMessages(): LogMessage[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('generated/'))
    .flatMap((file) => messagesOf(file, readFileSync(folder + file, 'utf8')));
}

export function messagesOf(file: string, source: string): LogMessage[] {
  const found: LogMessage[] = [];
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  function visit(node: ts.Node): void {
    if (ts.isCallExpression(node)) {
      const level = levelOf(node.expression);
      if (level !== null) found.push({ file, level, text: textOf(node.arguments.at(-1), file) });
    }
    ts.forEachChild(node, visit);
  }
  visit(tree);
  return found;
}

/** The level of `log.warn`, `deps.log.warn`, `this.#log.warn` or `sparingLog(log).warn`; undefined for `log[level]`, and null for other calls. */
function levelOf(callee: ts.Expression): string | undefined | null {
  const isAccess = ts.isPropertyAccessExpression(callee) || ts.isElementAccessExpression(callee);
  if (!isAccess || !/(^|\.)#?log$|^sparingLog\(/.test(callee.expression.getText())) return null;
  if (ts.isElementAccessExpression(callee)) return undefined;
  return levels.includes(callee.name.text) ? callee.name.text : null;
}

function textOf(message: ts.Expression | undefined, file: string): string {
  if (message && ts.isStringLiteralLike(message)) return message.text;
  if (message && ts.isTemplateExpression(message))
    return (
      message.head.text +
      message.templateSpans
        .map(({ expression, literal }) => `<${expression.getText()}>${literal.text}`)
        .join('')
    );
  throw new Error(`${file} logs something without a message: ${message?.getText()}`);
}
