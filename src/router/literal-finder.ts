/**
 * Finds which of many texts stand anywhere in a path, in one walk over it (Aho and Corasick): for regexes that begin with nothing certain
 * but must hold some text. An Int32Array, six numbers a node:
 *
 *     byte, first child, number of children, where to go on when no child fits, list of routes, nearest shorter text that ends here too
 *
 * The children of a node lie side by side, sorted by byte. Node 0 is the root.
 */
import type { PostingLists } from "./posting-lists.ts";

export const FINDER_WORDS = 6;

interface Node {
  readonly byte: number;
  readonly children: Map<number, Node>;
  readonly ids: number[];
  place: number;
}

const newNode = (byte: number): Node => ({ byte, children: new Map(), ids: [], place: 0 });

function treeOf(texts: ReadonlyMap<string, readonly number[]>): Node {
  const root = newNode(0);
  for (const [text, ids] of texts) {
    let node = root;
    for (let i = 0; i < text.length; i++) {
      const byte = text.charCodeAt(i);
      let child = node.children.get(byte);
      if (child === undefined) node.children.set(byte, (child = newNode(byte)));
      node = child;
    }
    node.ids.push(...ids);
  }
  return root;
}

/** All nodes, each before its children, the children of one side by side. */
function levelOrder(root: Node): Node[] {
  const nodes = [root];
  for (let i = 0; i < nodes.length; i++) {
    const children = [...(nodes[i] as Node).children.values()].sort((a, b) => a.byte - b.byte);
    for (const child of children) child.place = nodes.push(child) - 1;
  }
  return nodes;
}

/** Builds the finder of texts, each with the routes that need it; empty if there are none. */
export function buildFinder(texts: ReadonlyMap<string, readonly number[]>, lists: PostingLists): Int32Array {
  if (texts.size === 0) return new Int32Array(0);
  const nodes = levelOrder(treeOf(texts));
  const words = new Int32Array(nodes.length * FINDER_WORDS);
  for (const [place, node] of nodes.entries()) {
    const first = Math.min(...[...node.children.values()].map((child) => child.place));
    words.set([node.byte, node.children.size === 0 ? 0 : first, node.children.size, 0, lists.add(node.ids.toSorted((a, b) => a - b)), 0], place * FINDER_WORDS);
  }
  for (const node of nodes) for (const child of node.children.values()) linkBack(words, node.place, child.place);
  return words;
}

/** A node's parent comes before it, so the parent's way back is known. */
function linkBack(words: Int32Array, parent: number, node: number): void {
  const at = node * FINDER_WORDS;
  let back = 0;
  if (parent !== 0) {
    let from = words[parent * FINDER_WORDS + 3] as number;
    for (;;) {
      const child = finderChild(words, from, words[at] as number);
      if (child >= 0) {
        back = child;
        break;
      }
      if (from === 0) break;
      from = words[from * FINDER_WORDS + 3] as number;
    }
  }
  words[at + 3] = back;
  words[at + 5] = (words[back * FINDER_WORDS + 4] as number) !== 0 ? back : (words[back * FINDER_WORDS + 5] as number);
}

/** The child for a byte, -1 if there is none. */
export function finderChild(words: Int32Array, node: number, byte: number): number {
  let low = words[node * FINDER_WORDS + 1] as number;
  let high = low + (words[node * FINDER_WORDS + 2] as number) - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = words[middle * FINDER_WORDS] as number;
    if (found === byte) return middle;
    if (found < byte) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
