//! Pacing: where a target stands against the time that has passed (§5 of the method).

use schemars::JsonSchema;
use serde::Deserialize;

use crate::measure::{Amount, Ratio};
use crate::metric::{Metric, Polarity};

use super::attainment::Attainment;

/// How much of a period has passed, on the chosen basis of pace.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Elapsed {
    pub passed: i64,
    pub all: i64,
    /// Work days after the as-of day, whatever the basis.
    pub days_left: i64,
}

impl Elapsed {
    pub fn ratio(self) -> Option<Ratio> {
        Amount::whole(self.passed).ratio_to(Amount::whole(self.all))
    }

    /// Whether nothing of the period is left.
    pub fn is_over(self) -> bool {
        self.passed == self.all && self.days_left == 0
    }
}

/// From how far behind pace a status changes, as fractions of the target (0.05 is five points).
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct StatusRules {
    /// Up to this far behind pace is at risk; further is behind.
    pub at_risk: f64,
    /// Further than this is critical.
    pub critical: f64,
}

impl Default for StatusRules {
    fn default() -> Self {
        StatusRules { at_risk: 0.05, critical: 0.20 }
    }
}

impl StatusRules {
    /// The thresholds of a metric: its own, where it has some.
    pub fn of(&self, metric: &Metric) -> StatusRules {
        StatusRules {
            at_risk: metric.at_risk.unwrap_or(self.at_risk),
            critical: metric.critical.unwrap_or(self.critical),
        }
    }

    /// The status of being this far ahead of pace, as a share of the target; behind is negative.
    pub fn by_lead(&self, lead: Ratio) -> Status {
        let limit = |setting: f64| -Amount::from_setting(setting).unwrap_or(Amount::ZERO);
        if !lead.is_negative() {
            Status::OnTrack
        } else if lead >= limit(self.at_risk) {
            Status::AtRisk
        } else if lead >= limit(self.critical) {
            Status::Behind
        } else {
            Status::Critical
        }
    }
}

/// Where a target stands.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Status {
    Critical,
    Behind,
    AtRisk,
    OnTrack,
    /// Met before the period is over.
    Done,
    NoData,
}

impl Status {
    pub const ALL: [Status; 6] =
        [Status::Critical, Status::Behind, Status::AtRisk, Status::OnTrack, Status::Done, Status::NoData];

    pub fn key(self) -> &'static str {
        match self {
            Status::Critical => "critical",
            Status::Behind => "behind",
            Status::AtRisk => "at_risk",
            Status::OnTrack => "on_track",
            Status::Done => "done",
            Status::NoData => "no_data",
        }
    }

    /// A mark that carries the meaning without colour.
    pub fn symbol(self) -> &'static str {
        match self {
            Status::Critical => "■",
            Status::Behind => "▼",
            Status::AtRisk => "◆",
            Status::OnTrack | Status::Done => "▲",
            Status::NoData => "○",
        }
    }
}

impl Attainment {
    fn is_partly_planned(&self) -> bool {
        self.planned_months.0 > 0 && self.planned_months.0 < self.planned_months.1
    }

    /// How far ahead of pace, as a share of the target: (actual of the planned months − due) ÷
    /// |target|, turned round where less is better. For a rate, (actual − target) ÷ |target|.
    pub fn lead(&self) -> Option<Ratio> {
        let target = self.target.value()?;
        let due = if self.accumulates() { self.due } else { target };
        let lead = (self.planned_actual? - due).ratio_to(target.abs())?;
        Some(if self.polarity == Polarity::LowerBetter { -lead } else { lead })
    }

    /// Status by lead over pace, not by raw attainment. A metric without direction has none.
    pub fn status(&self, rules: &StatusRules) -> Status {
        let (Some(lead), false) = (self.lead(), self.polarity == Polarity::Neutral) else { return Status::NoData };
        let whole = self.period_target.value();
        let is_met = whole.is_some_and(|whole| self.planned_actual.is_some_and(|actual| actual >= whole));
        if !self.is_complete() && is_met && self.polarity == Polarity::HigherBetter && self.accumulates() {
            Status::Done
        } else {
            rules.by_lead(lead)
        }
    }

    /// What is still to do per remaining work day to reach the whole period's target:
    /// (target − actual) ÷ work days left. Nothing when met, or when no day is left.
    pub fn required_per_day(&self) -> Option<Amount> {
        let missing = self.period_target.value()? - self.actual.value()?;
        let is_open = missing.is_positive() && self.elapsed.days_left > 0 && !self.is_partly_planned();
        if !self.accumulates() || self.polarity != Polarity::HigherBetter || !is_open {
            return None;
        }
        missing.ratio_to(Amount::whole(self.elapsed.days_left))
    }

    /// What the whole period comes to at the rate so far: actual ÷ share of the period passed. Nothing
    /// where only a part of the period is planned: it would stand beside a target of that part.
    pub fn run_rate(&self) -> Option<Amount> {
        if !self.accumulates() || self.elapsed.passed == 0 || self.is_partly_planned() {
            return None;
        }
        let actual = self.actual.value()?;
        (actual * Amount::whole(self.elapsed.all)).ratio_to(Amount::whole(self.elapsed.passed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Unit;
    use crate::measure::Tally;
    use crate::metric::NegativeTarget;
    use crate::period::Period;

    /// A month of 20 work days.
    fn month(target: &str, actual: &str, passed: i64, polarity: Polarity) -> Attainment {
        let amount = |text: &str| Amount::parse(text).unwrap();
        let due = (amount(target) * Amount::whole(passed)).ratio_to(Amount::whole(20)).unwrap();
        Attainment {
            metric: 0,
            unit: Unit::Company,
            period: Period::month(2026, 4),
            target: Tally::known(amount(target)),
            period_target: Tally::known(amount(target)),
            due,
            actual: Tally::known(amount(actual)),
            planned_actual: Some(amount(actual)),
            prior_year: None,
            year_to_date: None,
            planned_months: (1, 1),
            elapsed: Elapsed { passed, all: 20, days_left: 20 - passed },
            negative_target: NegativeTarget::TwoMinus,
            polarity,
            is_rate: false,
            is_level: false,
            forecast: None,
            reason: None,
        }
    }

    #[test]
    fn status_follows_pace() {
        let rules = StatusRules::default();
        let status = |actual, passed, polarity| month("1000", actual, passed, polarity).status(&rules);
        // Half of the days have passed: 500 are due.
        assert_eq!(status("500", 10, Polarity::HigherBetter), Status::OnTrack);
        assert_eq!(status("450", 10, Polarity::HigherBetter), Status::AtRisk);
        assert_eq!(status("449", 10, Polarity::HigherBetter), Status::Behind);
        assert_eq!(status("300", 10, Polarity::HigherBetter), Status::Behind);
        assert_eq!(status("299", 10, Polarity::HigherBetter), Status::Critical);
        assert_eq!(status("1000", 10, Polarity::HigherBetter), Status::Done);
        assert_eq!(status("1000", 20, Polarity::HigherBetter), Status::OnTrack);
        // Spending 600 where 500 are due is ten points too much.
        assert_eq!(status("600", 10, Polarity::LowerBetter), Status::Behind);
        assert_eq!(status("400", 10, Polarity::LowerBetter), Status::OnTrack);
        assert_eq!(status("400", 10, Polarity::Neutral), Status::NoData);
    }

    #[test]
    fn required_rate_and_forecast() {
        let figure = month("1000", "400", 10, Polarity::HigherBetter);
        // 600 left over 10 days; 400 in half of the days runs to 800.
        assert_eq!(figure.required_per_day(), Some(Amount::whole(60)));
        assert_eq!(figure.run_rate(), Some(Amount::whole(800)));
        assert_eq!(month("1000", "1200", 10, Polarity::HigherBetter).required_per_day(), None);
        assert_eq!(month("1000", "400", 20, Polarity::HigherBetter).required_per_day(), None);
        assert_eq!(month("1000", "0", 0, Polarity::HigherBetter).run_rate(), None);
    }
}
