//! Totals that a sheet states, proved by arithmetic: a total row is the sum of the rows above it, a total
//! column the sum of its row. What is proved is left out and said; what does not add up is a finding.

use crate::measure::{Amount, Number};

/// Decimals in which sums are kept; stored binary numbers have no more that mean anything.
const SCALE: u8 = 6;

/// A figure in units of `10^-6`; nothing when it does not fit.
pub(super) fn units(number: Number) -> Option<i128> {
    let (digits, exponent) = number.parts();
    let shift = i32::from(exponent) + i32::from(SCALE);
    match u32::try_from(shift) {
        Ok(shift) if shift <= 18 => Some(i128::from(digits) * 10i128.pow(shift)),
        Ok(_) => None,
        Err(_) => number.at_scale(SCALE).map(i128::from),
    }
}

fn amount(units: i128) -> Amount {
    Amount::from_units(units, SCALE)
}

/// Sums of binary numbers differ in their last digits: half a cent, or one in 10^9.
pub(super) fn is_same(stated: i128, sum: i128) -> bool {
    let gap = (stated - sum).abs();
    gap <= 5_000 || gap <= stated.abs() / 1_000_000_000
}

/// What a row that says it is a total turned out to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Proof {
    /// It is the sum of rows above it.
    Adds,
    /// It follows from totals above it: their difference, or a running sum of one.
    Follows,
    /// It is no sum: the slot in which it differs, what it states, and what the rows above add up to.
    Differs { slot: usize, stated: Amount, sum: Amount },
    /// It has no figure to compare.
    Nothing,
}

/// Running sums of a table's figures, by slot.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    whole: Vec<i128>,
    n_rows: usize,
    /// Sums and rows so far, at each total row.
    marks: Vec<(Vec<i128>, usize)>,
    /// Figures of the last total rows, and of rows that follow from them.
    stated: Vec<Vec<Option<i128>>>,
    /// Sums of hidden rows.
    hidden: Vec<i128>,
}

/// Rows up to which every row is compared with the sum of those above it: longer tables are exports.
const MOST_ROWS_PROVED: usize = 5_000;
/// Total rows that are remembered: groups are not nested deeper.
const MOST_MARKS: usize = 64;

impl Sums {
    pub fn new(n_slots: usize) -> Self {
        Sums {
            whole: vec![0; n_slots],
            n_rows: 0,
            marks: vec![(vec![0; n_slots], 0)],
            stated: Vec::new(),
            hidden: Vec::new(),
        }
    }

    /// Adds a row of the table.
    #[inline]
    pub fn add(&mut self, figures: &[Option<Number>], is_hidden: bool) {
        self.n_rows += 1;
        for (sum, figure) in self.whole.iter_mut().zip(figures) {
            if let Some(number) = figure {
                *sum = sum.saturating_add(units(*number).unwrap_or(0));
            }
        }
        if is_hidden {
            self.add_hidden(figures);
        }
    }

    /// Adds a hidden row that the table leaves out.
    pub fn add_hidden(&mut self, figures: &[Option<Number>]) {
        self.hidden.resize(self.whole.len(), 0);
        for (sum, figure) in self.hidden.iter_mut().zip(figures) {
            *sum = sum.saturating_add(figure.and_then(units).unwrap_or(0));
        }
    }

    /// Whether rows are still compared with the sum of those above them.
    pub fn may_be_certain(&self) -> bool {
        (2..=MOST_ROWS_PROVED).contains(&self.n_rows)
    }

    /// Whether totals were met that others may follow from.
    pub fn has_totals(&self) -> bool {
        self.stated.len() >= 2
    }

    /// The sum of a slot over all rows.
    pub fn sum(&self, slot: usize) -> Option<Amount> {
        self.whole.get(slot).copied().map(amount)
    }

    /// The sum of a slot over hidden rows.
    pub fn hidden(&self, slot: usize) -> Option<Amount> {
        self.hidden.get(slot).copied().map(amount)
    }

    /// Compares a row that says it is a total with the rows above it: all of them, or those since any earlier
    /// total. The row is remembered as one.
    pub fn total(&mut self, figures: &[Option<Number>]) -> Proof {
        let stated: Vec<Option<i128>> = figures.iter().map(|figure| figure.and_then(units)).collect();
        let proof = self.prove(&stated, 1);
        self.remember(stated);
        proof
    }

    /// Whether a row that does not say so is a total of at least two rows, or follows from totals.
    pub fn is_silent_total(&mut self, figures: &[Option<Number>]) -> Option<Proof> {
        let stated: Vec<Option<i128>> = figures.iter().map(|figure| figure.and_then(units)).collect();
        if stated.iter().flatten().all(|units| *units == 0) {
            return None;
        }
        let proof = self.prove(&stated, 2);
        if !matches!(proof, Proof::Adds | Proof::Follows) {
            return None;
        }
        self.remember(stated);
        Some(proof)
    }

    /// Whether a row is, beyond chance, the sum of at least two rows above it, whatever it is called: in two columns
    /// or more, with eight digits or more between them, and not the same figure in all.
    pub fn is_certain_total(&mut self, figures: &[Option<Number>]) -> bool {
        if self.n_rows < 2 || self.n_rows > MOST_ROWS_PROVED {
            return false;
        }
        let stated: Vec<Option<i128>> = figures.iter().map(|figure| figure.and_then(units)).collect();
        let filled = stated.iter().flatten().filter(|units| **units != 0);
        let n_digits: u32 = filled.clone().map(|units| (units.unsigned_abs() / 1_000_000).max(1).ilog10() + 1).sum();
        let varies = filled.clone().zip(filled.clone().skip(1)).any(|(a, b)| a != b);
        let is_certain = varies && n_digits >= 8 && self.prove(&stated, 2) == Proof::Adds;
        if is_certain {
            self.remember(stated);
        }
        is_certain
    }

    /// Whether a row is what earlier totals make: their difference or sum, or the running sum of the last.
    pub fn follows(&mut self, figures: &[Option<Number>]) -> bool {
        if self.stated.len() < 2 {
            return false;
        }
        let stated: Vec<Option<i128>> = figures.iter().map(|figure| figure.and_then(units)).collect();
        let follows = self.follows_from(&stated);
        if follows {
            self.stated.push(stated);
        }
        follows
    }

    fn remember(&mut self, stated: Vec<Option<i128>>) {
        self.stated.push(stated);
        self.marks.push((self.whole.clone(), self.n_rows));
        if self.marks.len() > MOST_MARKS {
            self.marks.remove(1);
        }
        if self.stated.len() > MOST_MARKS {
            self.stated.remove(0);
        }
    }

    fn prove(&self, stated: &[Option<i128>], least_rows: usize) -> Proof {
        if stated.iter().all(Option::is_none) {
            return Proof::Nothing;
        }
        let differs = |mark: &(Vec<i128>, usize)| {
            let sums = self.whole.iter().zip(&mark.0).map(|(whole, before)| whole - before);
            let wrong = stated.iter().zip(sums).enumerate();
            let mut wrong = wrong.filter_map(|(slot, (stated, sum))| Some((slot, (*stated)?, sum)));
            wrong.find(|(_, stated, sum)| !is_same(*stated, *sum))
        };
        let enough = |mark: &&(Vec<i128>, usize)| self.n_rows - mark.1 >= least_rows;
        let mut marks = self.marks.iter().rev().filter(enough).peekable();
        let nearest = marks.peek().copied();
        if marks.any(|mark| differs(mark).is_none()) {
            return Proof::Adds;
        }
        if self.follows_from(stated) {
            return Proof::Follows;
        }
        match nearest.and_then(differs) {
            Some((slot, stated, sum)) => Proof::Differs { slot, stated: amount(stated), sum: amount(sum) },
            None => Proof::Nothing,
        }
    }

    fn follows_from(&self, stated: &[Option<i128>]) -> bool {
        let n_filled = stated.iter().flatten().filter(|units| **units != 0).count();
        let [.., before, last] = &self.stated[..] else { return false };
        let holds = |of: &dyn Fn(usize) -> Option<i128>| {
            let filled = stated.iter().enumerate().filter_map(|(slot, stated)| Some((slot, (*stated)?)));
            let mut filled = filled.peekable();
            filled.peek().is_some() && filled.all(|(slot, stated)| of(slot).is_some_and(|sum| is_same(stated, sum)))
        };
        let both = |slot: usize| before[slot].zip(last[slot]);
        let running = |slot: usize| last[..=slot].iter().flatten().copied().reduce(|a, b| a + b);
        // One figure alone may be a coincidence.
        (n_filled >= 2
            && (holds(&|slot| both(slot).map(|(before, last)| before - last))
                || holds(&|slot| both(slot).map(|(before, last)| before + last))))
            || (n_filled >= 3 && holds(&running))
    }
}

/// A total column: in how many rows it is the sum of the others, and where it is not.
#[derive(Clone, Debug, Default)]
pub struct ColumnProof {
    pub n_same: usize,
    pub n_different: usize,
    /// The first row in which it differs: what it states, and the sum.
    pub first: Option<(u32, Amount, Amount)>,
    gap: i128,
}

impl ColumnProof {
    /// Compares one row.
    pub fn compare(&mut self, row: u32, stated: Number, figures: impl Iterator<Item = Number>) {
        let Some(stated) = units(stated) else { return };
        let sum: i128 = figures.filter_map(units).fold(0, i128::saturating_add);
        if is_same(stated, sum) {
            self.n_same += 1;
            return;
        }
        self.n_different += 1;
        self.gap = self.gap.saturating_add(stated.saturating_sub(sum));
        self.first.get_or_insert((row, amount(stated), amount(sum)));
    }

    /// What the column states beyond the sums, over all rows.
    pub fn gap(&self) -> Amount {
        amount(self.gap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(texts: &[&str]) -> Vec<Option<Number>> {
        texts.iter().map(|text| Number::from_plain(text)).collect()
    }

    fn sums(rows: &[&[&str]]) -> Sums {
        let mut sums = Sums::new(rows[0].len());
        rows.iter().for_each(|row| sums.add(&figures(row), false));
        sums
    }

    #[test]
    fn a_total_is_the_sum_since_any_earlier_one() {
        let mut sums = sums(&[&["1", "10"], &["2", "20"]]);
        assert_eq!(sums.total(&figures(&["3", "30"])), Proof::Adds);
        sums.add(&figures(&["4", "40"]), false);
        assert_eq!(sums.total(&figures(&["4", "40"])), Proof::Adds);
        // The grand total of both groups: 1 + 2 + 4, 10 + 20 + 40.
        assert_eq!(sums.total(&figures(&["7", "70"])), Proof::Adds);
    }

    #[test]
    fn a_total_that_does_not_add_up_says_where() {
        let mut sums = sums(&[&["1", "10"], &["2", "20"]]);
        let differs = Proof::Differs { slot: 1, stated: Amount::whole(31), sum: Amount::whole(30) };
        assert_eq!(sums.total(&figures(&["3", "31"])), differs);
        assert_eq!(sums.total(&[None, None]), Proof::Nothing);
    }

    #[test]
    fn what_is_certain_needs_no_name() {
        let mut sums = sums(&[&["1200", "3400"], &["5600", "7800"]]);
        assert!(!sums.is_certain_total(&figures(&["6800", "11201"])));
        assert!(sums.is_certain_total(&figures(&["6800", "11200"])));
        // Plans in round figures that are the same every month prove nothing.
        let mut same = super::tests::sums(&[&["10000", "10000"], &["20000", "20000"]]);
        assert!(!same.is_certain_total(&figures(&["30000", "30000"])));
        // Small figures may be a coincidence.
        let mut small = super::tests::sums(&[&["1", "2"], &["3", "4"]]);
        assert!(!small.is_certain_total(&figures(&["4", "6"])));
    }

    #[test]
    fn binary_noise_is_no_difference() {
        let mut sums = sums(&[&["0.1"], &["0.2"]]);
        assert_eq!(sums.total(&figures(&["0.30000000000000004"])), Proof::Adds);
    }

    #[test]
    fn a_difference_of_totals_and_its_running_sum_follow() {
        let mut sums = sums(&[&["5", "6", "7"], &["5", "4", "3"]]);
        assert_eq!(sums.total(&figures(&["10", "10", "10"])), Proof::Adds);
        sums.add(&figures(&["3", "4", "1"]), false);
        assert_eq!(sums.total(&figures(&["3", "4", "1"])), Proof::Adds);
        assert!(sums.follows(&figures(&["7", "6", "9"])), "savings = income − expenses");
        assert!(sums.follows(&figures(&["7", "13", "22"])), "savings so far");
        assert!(!sums.follows(&figures(&["7", "13", "23"])));
    }
}
