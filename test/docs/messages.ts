import ts from 'typescript';

/** A text of the sources that a user may see. */
export interface Message {
  /** The place of the text, for the report of a test: `src/api/errors.ts:122`. */
  readonly place: string;
  /** The file and the declaration that contain it: `src/api/errors.ts#TaskNotFoundError`. */
  readonly declaration: string;
  /** The fixed parts of the text, between its variable parts. */
  readonly parts: readonly string[];
}

/** The names of functions and classes whose arguments are shown, also without a space in them. */
const SHOWN = /(Error|Exception)$|^(misuse|mismatch|super)$/;

/**
 * Finds the texts in a source file that a user may see.
 *
 * A text reaches a message in many ways: through functions that complete it, from constants, from the
 * keys of a table. So this finds every text with words and spaces, wherever it is, and in the arguments of
 * errors also single words. The texts that no user sees must be excluded by hand.
 */
export function messagesIn(file: string, source: string): Message[] {
  const root = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const found: Message[] = [];
  const add = (node: ts.Node, parts: readonly string[]): void => {
    const { line } = root.getLineAndCharacterOfPosition(node.getStart());
    found.push({
      place: `${file}:${line + 1}`,
      declaration: `${file}#${declarationOf(node, root)}`,
      parts,
    });
  };
  const visit = (node: ts.Node, isShown: boolean): void => {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    const parts = partsOf(node);
    if (parts && (hasSpace(parts) || (isShown && !isCompared(node)))) add(node, parts);
    ts.forEachChild(node, (child) => visit(child, showsArguments(node) ?? isShown));
  };
  visit(root, false);
  return found.filter(({ parts }) => /[a-z]{2}/i.test(parts.join('')));
}

/** The message with `…` in place of its variable parts. */
export function templateOf({ parts }: Message): string {
  return parts.join('…');
}

/** Whether the fixed parts are in a text, in their order. */
export function isIn(text: string, { parts }: Message): boolean {
  let from = 0;
  return parts.every((part) => {
    const at = text.indexOf(part.trim(), from);
    from = at + part.trim().length;
    return at >= 0;
  });
}

function partsOf(node: ts.Node): string[] | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return [node.text];
  if (!ts.isTemplateExpression(node)) return undefined;
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)];
}

/** The name of the function, class or variable at the top of the file that contains a node. */
function declarationOf(node: ts.Node, root: ts.SourceFile): string {
  let top = node;
  while (top.parent !== root) top = top.parent;
  const named = ts.isVariableStatement(top) ? top.declarationList.declarations[0] : top;
  return named && (ts.isVariableDeclaration(named) || ts.isFunctionDeclaration(named))
    ? (named.name?.getText() ?? '')
    : '';
}

/** Whether a text has words and spaces, as only messages have. */
function hasSpace(parts: readonly string[]): boolean {
  return parts.some((part) => part.includes(' '));
}

/** Whether a text is only compared: `typeof value === 'string'`. */
function isCompared({ parent }: ts.Node): boolean {
  return (
    ts.isBinaryExpression(parent) &&
    parent.operatorToken.kind === ts.SyntaxKind.EqualsEqualsEqualsToken
  );
}

/** Whether the arguments of a call are shown; `undefined` if the node is no call. */
function showsArguments(node: ts.Node): boolean | undefined {
  if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return undefined;
  return SHOWN.test(node.expression.getText());
}
