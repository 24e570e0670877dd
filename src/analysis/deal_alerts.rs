//! Open deals that need a look: overdue, stalled, postponed again and again, changed in amount, without a date.

use crate::facts::Facts;
use crate::facts::deals::{Deal, Standing};
use crate::measure::{Amount, Ratio, Reading};

use super::deals::{Days, DealRules};
use super::stages::stays;

/// What is wrong with a deal.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Alert {
    /// The day it was expected to close has passed.
    Overdue,
    /// It has been at its stage, or without activity, for longer than the limit.
    Stalled,
    /// Exports show its expected close moved later twice or more.
    Postponed,
    /// Its amount differs from that of the row before by at least the share that is set.
    AmountChanged,
    /// Nobody says when it should close, while other deals have a day.
    NoExpectedClose,
}

impl Alert {
    pub fn key(self) -> &'static str {
        match self {
            Alert::Overdue => "overdue",
            Alert::Stalled => "stalled",
            Alert::Postponed => "postponed",
            Alert::AmountChanged => "amount_changed",
            Alert::NoExpectedClose => "no_expected_close",
        }
    }
}

/// How much an alert matters; the gravest first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Severity {
    High,
    Medium,
    Low,
}

impl Severity {
    pub fn key(self) -> &'static str {
        match self {
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
        }
    }
}

/// One alert about one deal.
#[derive(Clone, Debug)]
pub struct DealAlert {
    /// Position among the deals.
    pub deal: usize,
    pub alert: Alert,
    pub severity: Severity,
    /// Days overdue, or without movement.
    pub days: Option<i64>,
    /// The days after which it counts as stalled.
    pub limit_days: Option<Ratio>,
    /// Days since it came to its stage, where that day is known.
    pub days_in_stage: Option<i64>,
    /// Change of the amount ÷ the amount before.
    pub change: Option<Ratio>,
}

/// Expected closes moved later so often are one too many.
const MOST_POSTPONED: u32 = 2;
/// So many days overdue weigh as much as a deal that is twice over its limit.
const LONG_OVERDUE: i64 = 30;

/// After how many days a deal has not moved for too long.
struct Limits {
    /// As set; where nothing is, p90 of the finished visits to each stage.
    by_stage: Vec<Option<Ratio>>,
    /// p90 of the days to close of the deals won, for deals of which no movement is known.
    to_close: Option<Ratio>,
    idle: Ratio,
}

impl Limits {
    fn of(facts: &Facts, rules: &DealRules) -> Self {
        let mut days: Vec<Vec<i64>> = vec![Vec::new(); facts.deals.stages.len()];
        let mut won = Vec::new();
        for deal in facts.deals.everybodys() {
            for stay in stays(deal) {
                days[stay.stage].extend(stay.left.map(|left| (left - stay.entered).num_days()));
            }
            won.extend(deal.days_to_close().filter(|_| deal.standing == Standing::Won));
        }
        let is_enough = |days: &Vec<i64>| days.len() >= rules.min_decided as usize;
        let p90 = |days: Vec<i64>| Some(days).filter(is_enough).and_then(|days| Days::of(days).p90);
        let set = rules.stalled_days.map(|days| Amount::whole(i64::from(days)));
        Limits {
            by_stage: days.into_iter().map(|days| set.or_else(|| p90(days))).collect(),
            to_close: set.or_else(|| p90(won)),
            idle: set.unwrap_or(Amount::whole(DEFAULT_STALLED_DAYS)),
        }
    }
}

/// Days without activity after which a deal is stalled, where nothing is set.
pub const DEFAULT_STALLED_DAYS: i64 = 60;

/// The alerts, the gravest first and then the largest amounts.
pub fn compute(facts: &Facts, rules: &DealRules) -> Vec<DealAlert> {
    let limits = Limits::of(facts, rules);
    let is_open = |deal: &Deal| deal.standing == Standing::Open;
    let open = facts.deals.deals.iter().enumerate();
    let open = open.filter(|(_, deal)| is_open(deal) && facts.units.is_here(deal.held_by));
    let has_expected = facts.deals.everybodys().iter().any(|deal| is_open(deal) && deal.expected_close.is_some());
    let mut alerts = Vec::new();
    for (index, deal) in open {
        let as_of = facts.scope.as_of;
        let at_stage = stays(deal).pop().filter(|stay| stay.left.is_none());
        let days_in_stage = at_stage.map(|stay| (as_of - stay.entered).num_days());
        let mut add = |alert, severity, days, limit_days, change| {
            alerts.push(DealAlert { deal: index, alert, severity, days, limit_days, days_in_stage, change });
        };
        match deal.expected_close.map(|expected| (as_of - expected).num_days()) {
            Some(overdue) if overdue > 0 => {
                let severity = if overdue > LONG_OVERDUE { Severity::High } else { Severity::Medium };
                add(Alert::Overdue, severity, Some(overdue), None, None);
            }
            None if has_expected => add(Alert::NoExpectedClose, Severity::Low, None, None, None),
            _ => {}
        }
        if let Some((days, limit)) = stalled(deal, days_in_stage, &limits, facts) {
            let is_grave = Amount::whole(days) > limit * Amount::whole(2);
            let severity = if is_grave { Severity::High } else { Severity::Medium };
            add(Alert::Stalled, severity, Some(days), Some(limit), None);
        }
        if deal.n_postponed >= MOST_POSTPONED {
            let severity = if deal.n_postponed > MOST_POSTPONED { Severity::High } else { Severity::Medium };
            add(Alert::Postponed, severity, None, None, None);
        }
        if let (Some(before), Some(now)) = (deal.earlier_amount, amount(deal))
            && let Some(change) = (now - before).ratio_to(before.abs())
            && change.abs() >= rules.amount_jump
        {
            add(Alert::AmountChanged, Severity::Low, None, None, Some(change));
        }
    }
    alerts.sort_by_key(|alert| {
        let deal = &facts.deals.deals[alert.deal];
        (alert.severity, std::cmp::Reverse(amount(deal)), alert.deal, alert.alert)
    });
    alerts
}

/// Days without movement and the limit they exceed: at its stage, or without activity; where neither is known,
/// since it was created.
fn stalled(deal: &Deal, days_in_stage: Option<i64>, limits: &Limits, facts: &Facts) -> Option<(i64, Ratio)> {
    let since = |day: chrono::NaiveDate| (facts.scope.as_of - day).num_days();
    let exceeds = |days: i64, limit: Option<Ratio>| {
        let limit = limit.filter(|limit| Amount::whole(days) > *limit)?;
        Some((days, limit))
    };
    let idle = deal.last_activity.map(since);
    if let Some(found) = days_in_stage.and_then(|days| {
        let of_stage = deal.stage.and_then(|stage| limits.by_stage.get(stage).copied().flatten());
        exceeds(days, of_stage.or(Some(limits.idle).filter(|_| idle.is_none())))
    }) {
        return Some(found);
    }
    if let Some(idle) = idle {
        return exceeds(idle, Some(limits.idle));
    }
    if days_in_stage.is_some() {
        return None;
    }
    exceeds(since(deal.created?), limits.to_close)
}

fn amount(deal: &Deal) -> Option<Amount> {
    match deal.amount {
        Reading::Known(amount) => Some(amount),
        Reading::Blank | Reading::Unreadable => None,
    }
}
