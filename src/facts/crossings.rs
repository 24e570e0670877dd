//! Figures by seat and by what was sold at once: what analyses that cross both look at.

use rayon::prelude::*;

use crate::measure::Tally;
use crate::period::Period;

use super::ledger::{MonthNumber, number};

/// What a seat did in a month with one item.
#[derive(Clone, Copy, Debug)]
pub struct Crossing {
    pub metric: u32,
    pub month: MonthNumber,
    /// In the as-of month's namesakes of earlier years, the days after the as-of day.
    pub is_rest: bool,
    pub seat: u32,
    /// Nothing where the table names neither product nor segment.
    pub item: Option<u32>,
    pub tally: Tally,
}

impl Crossing {
    /// Metric and month first: a period's figures stand together.
    fn place(&self) -> (u32, MonthNumber, bool, Option<u32>, u32) {
        (self.metric, self.month, self.is_rest, self.item, self.seat)
    }
}

/// All crossings, each place once, in order.
#[derive(Debug, Default)]
pub struct Crossings(Vec<Crossing>);

impl Crossings {
    /// Sorts and adds up. Amounts are exact, so no order of the rows can change a sum.
    pub fn new(mut crossings: Vec<Crossing>) -> Self {
        crossings.par_sort_by_key(Crossing::place);
        crossings.dedup_by(|next, kept| {
            let is_same = next.place() == kept.place();
            if is_same {
                kept.tally += next.tally;
            }
            is_same
        });
        crossings.shrink_to_fit();
        Crossings(crossings)
    }

    /// What was done for a metric in months; each says whether the days after the as-of day's
    /// namesake count too.
    pub fn of(&self, metric: usize, months: &[(Period, bool)]) -> impl Iterator<Item = &Crossing> {
        let metric = u32::try_from(metric).unwrap_or(u32::MAX);
        months.iter().flat_map(move |(month, whole)| {
            let first = (metric, number(*month));
            let begin = self.0.partition_point(|crossing| (crossing.metric, crossing.month) < first);
            let here = move |crossing: &&Crossing| (crossing.metric, crossing.month) == first;
            self.0[begin..].iter().take_while(here).filter(move |crossing| *whole || !crossing.is_rest)
        })
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Crossing> {
        self.0.iter()
    }
}
