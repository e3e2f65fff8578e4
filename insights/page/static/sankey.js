// A Sankey diagram: nodes in columns, links as bands between them. Own layout.

const GAP = 8;
const LEAST = 3;
const LINE = 15; // what a label needs, however thin its node is

/**
 * Lay nodes and links out.
 * @param {{id: string, depth: number, paths: number}[]} nodes
 * @param {{source: string, target: string, paths: number}[]} links
 * @param {{width: number, height: number, bar: number, label: number}} size `label` is kept free on the right.
 */
export const layout = (nodes, links, { width, height, bar, label }) => {
  const depths = [...new Set(nodes.map((one) => one.depth))].sort((a, b) => a - b);
  const across = depths.length > 1 ? (width - bar - label) / (depths.length - 1) : 0;
  const columns = depths.map((depth) => nodes.filter((one) => one.depth === depth));
  const most = Math.max(...columns.map((column) => sum(column)), 1);
  const full = Math.max(...columns.map((column) => column.length));
  const scale = Math.max(0, height - (GAP + LINE) * full) / most;
  const placed = new Map();
  columns.forEach((column, place) => {
    // Where a node's links come from says where it lies: fewer bands cross.
    const weight = (one) => {
      const coming = links.filter((link) => link.target === one.id && placed.has(link.source));
      const total = sum(coming);
      return total ? coming.reduce((at, link) => at + middle(placed.get(link.source)) * link.paths, 0) / total : 0;
    };
    const aside = (one) => (one.name?.startsWith("(") ? 1 : 0);
    const sorted = [...column].sort((a, b) => aside(a) - aside(b) || weight(a) - weight(b) || b.paths - a.paths || a.id.localeCompare(b.id));
    let top = 0;
    for (const one of sorted) {
      const high = LEAST + one.paths * scale;
      const room = Math.max(high, LINE);
      placed.set(one.id, { ...one, x: place * across, y: top + (room - high) / 2, high, left: 0, right: 0, bar });
      top += room + GAP;
    }
  });
  const bands = [...links]
    .filter((link) => placed.has(link.source) && placed.has(link.target))
    .sort((a, b) => placed.get(a.source).y - placed.get(b.source).y || placed.get(a.target).y - placed.get(b.target).y)
    .map((link) => {
      const from = placed.get(link.source);
      const to = placed.get(link.target);
      const high = Math.max(1, link.paths * scale);
      const band = { ...link, high, from, to, y0: from.y + from.right + high / 2, y1: 0 };
      from.right += high;
      return band;
    });
  [...bands].sort((a, b) => a.from.y - b.from.y).forEach((band) => {
    band.y1 = band.to.y + band.to.left + band.high / 2;
    band.to.left += band.high;
  });
  return { nodes: [...placed.values()], bands };
};

/** The path of a band's middle line. */
export const curve = ({ from, to, y0, y1 }) => {
  const x0 = from.x + from.bar;
  const half = (x0 + to.x) / 2;
  return `M${x0} ${y0.toFixed(1)}C${half} ${y0.toFixed(1)} ${half} ${y1.toFixed(1)} ${to.x} ${y1.toFixed(1)}`;
};

const sum = (all) => all.reduce((total, one) => total + one.paths, 0);
const middle = (one) => one.y + one.high / 2;
