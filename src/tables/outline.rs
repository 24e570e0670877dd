//! Rows above their members, told by blanks before the members' names, as pivot tables in compact form write them.
//!
//! Such a row comes before what it is the sum of: that it is one is known at the end of the table, and the table is
//! then read once more without it.

use crate::measure::Number;

use super::totals::{is_same, units};

/// Rows up to which an outline is looked for: longer tables are exports.
const MOST_ROWS: usize = 5_000;

/// A row whose members may follow.
#[derive(Clone, Debug)]
struct Open {
    row: u32,
    indent: usize,
    figures: Vec<Option<i128>>,
    sums: Vec<i128>,
    n_members: usize,
}

/// The rows of a table by the blanks before their names.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    open: Vec<Open>,
    n_rows: usize,
    /// Rows that are the sums of their members.
    sums: Vec<u32>,
    /// Whether any of them has several members: one that repeats its only one proves nothing.
    has_proof: bool,
    /// A row with members that is not their sum: blanks mean something else here.
    is_broken: bool,
}

/// Blanks before a name.
pub fn indent(name: &str) -> usize {
    name.chars().take_while(|character| character.is_whitespace()).count()
}

impl Outline {
    pub fn add(&mut self, row: u32, indent: usize, figures: &[Option<Number>]) {
        self.n_rows += 1;
        if self.is_broken || self.n_rows > MOST_ROWS {
            return;
        }
        self.close_from(indent);
        let figures: Vec<Option<i128>> = figures.iter().map(|figure| figure.and_then(units)).collect();
        if let Some(above) = self.open.last_mut() {
            above.n_members += 1;
            above.sums.resize(figures.len(), 0);
            for (sum, figure) in above.sums.iter_mut().zip(&figures) {
                *sum = sum.saturating_add(figure.unwrap_or(0));
            }
        }
        self.open.push(Open { row, indent, figures, sums: Vec::new(), n_members: 0 });
    }

    /// Closes the rows that a row with this many blanks is no member of.
    fn close_from(&mut self, indent: usize) {
        while let Some(open) = self.open.pop_if(|open| open.indent >= indent) {
            if open.n_members == 0 {
                continue;
            }
            let is_sum = open.figures.iter().zip(&open.sums).all(|(figure, sum)| is_same(figure.unwrap_or(0), *sum));
            self.is_broken |= !is_sum;
            self.has_proof |= is_sum && open.n_members > 1 && open.sums.iter().any(|sum| *sum != 0);
            self.sums.push(open.row);
        }
    }

    /// The rows that are sums of the rows below them; none unless all rows with members are.
    pub fn finish(&mut self) -> Vec<u32> {
        self.close_from(0);
        let is_proved = self.has_proof && !self.is_broken && self.n_rows <= MOST_ROWS;
        if is_proved { std::mem::take(&mut self.sums) } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(rows: &[(&str, &str)]) -> Vec<u32> {
        let mut outline = Outline::default();
        for ((name, figure), row) in rows.iter().zip(1..) {
            outline.add(row, indent(name), &[Number::from_plain(figure)]);
        }
        outline.finish()
    }

    #[test]
    fn rows_above_their_members_are_their_sums() {
        assert_eq!(outline(&[("East", "3"), ("  Ann", "1"), ("  Bob", "2"), ("West", "6"), ("  Cy", "6")]), [1, 4]);
        let nested = [("All", "9"), (" East", "3"), ("  Ann", "1"), ("  Bob", "2"), (" West", "6"), ("  Cy", "6")];
        assert_eq!(outline(&nested), [2, 5, 1]);
    }

    #[test]
    fn blanks_alone_prove_nothing() {
        assert!(outline(&[("East", "3"), ("  Ann", "1"), ("  Bob", "3")]).is_empty());
        assert!(outline(&[("Ann", "1"), (" Bob", "1")]).is_empty(), "one member may be a coincidence");
        assert!(outline(&[("Ann", "1"), ("Bob", "2"), ("Cy", "3")]).is_empty());
    }
}
